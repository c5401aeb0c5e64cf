/** A tiny model on onnxruntime, through the same parts as the product: weights from its files, graphs, learner. */
import { deepEqual } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TokenWindow } from "#adapt/learner";
import { createSampler } from "#assist/sampling";
import { defined } from "#base/assert";
import type { Provider } from "#graph/op";
import type { FloatType } from "#graph/tensor";
import type { ModelConfig } from "#models/config";
import type { WeightFormat } from "#models/decodeGraph";
import { logitsGraph } from "#models/graphs";
import { readAdapter } from "#runtime/adapterFolder";
import type { ModuleAdapter } from "#runtime/adapterState";
import { OrtDecoder } from "#runtime/decode/decoder";
import { DecodeSession } from "#runtime/decode/decodeSession";
import { prepareDecodeWeights } from "#runtime/decode/quantisedWeights";
import { openGraph, type SessionTarget } from "#runtime/graphSession";
import { OrtLearner } from "#runtime/learner";
import { rowFeeds } from "#runtime/packing";
import { prepareWeights, type WeightStore } from "#runtime/weights";
import type { Golden, Tensors } from "./fixture.ts";
import { unstack } from "./stacked.ts";

const adamw = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxNorm: 1 };

/** Rows of a run: more than both windows of a fixture, so that they are packed and padding is left. */
const capacity = 54;

export class OpenedGolden {
	readonly golden: Golden;
	readonly learner: OrtLearner;
	readonly #weights: WeightStore;
	readonly #target: SessionTarget;
	readonly #cache: string;

	static async open(golden: Golden, dtype: FloatType, provider: Provider = "cpu"): Promise<OpenedGolden> {
		const cache = mkdtempSync(join(tmpdir(), "attune-golden-"));
		const target = { provider, dtype, threads: 1 };
		return new OpenedGolden(golden, target, cache, await prepareWeights(golden.folder, golden.config, cache));
	}

	private constructor(golden: Golden, target: SessionTarget, cache: string, weights: WeightStore) {
		this.golden = golden;
		this.#target = target;
		this.#cache = cache;
		this.#weights = weights;
		const { config, lora } = golden;
		this.learner = new OrtLearner({ config, lora, weights, adamw, capacity, target, seed: 1 });
	}

	/** Of every row of the window, flat; with the learner's adapter if `adapter` is "on". */
	async logits(window: TokenWindow, adapter: "on" | "off", config: ModelConfig = this.golden.config) {
		const rows = window.tokens.length - 1;
		const lora = adapter === "on" ? this.golden.lora : undefined;
		const outputs = logitsGraph({ config, rows: capacity, dtype: this.#target.dtype }, rows, lora);
		const session = await openGraph(outputs, this.#target, this.#weights);
		const picked = BigInt64Array.from({ length: rows }, (_, i) => BigInt(i));
		const feeds = { ...rowFeeds([{ index: 0, window, start: 0 }], capacity), ...this.learner.adapter.parameters() };
		const results = await session.run({ ...feeds, picked });
		await session.release();
		return defined(results["logits"], "logits") as Float32Array | Float64Array;
	}

	/** The same model, to write. */
	openDecode(context: number, adapters = true): Promise<DecodeSession> {
		const { config } = this.golden;
		const [weights, target] = [this.#weights, this.#target];
		return DecodeSession.open({ config, weights, format: "float32", context, target, adapters });
	}

	async openDecoder(
		context: number,
		maxCacheBytes = 1e8,
		format: WeightFormat = "float32",
		threads = 1,
	): Promise<OrtDecoder> {
		const { config } = this.golden;
		const weights = await prepareDecodeWeights(this.#weights, config, format, this.#cache);
		const target = { ...this.#target, threads };
		return OrtDecoder.open({ config, weights, format, context, target, createSampler, maxCacheBytes });
	}

	/** What an adapter of this model names as its base. */
	get hash(): string {
		return this.#weights.hash;
	}

	/** Replaces the learner's adapter by that of a folder, which must have the fixture's rank and targets. */
	readAdapter(folder: string): void {
		const { lora, modules } = readAdapter(folder, this.golden.config, this.hash);
		deepEqual(lora, this.golden.lora);
		this.learner.adapter.setModules(modules);
	}

	/** Replaces the learner's adapter by one in PEFT's names. */
	setAdapter(peft: Tensors): void {
		const modules = new Map<string, ModuleAdapter>();
		for (const [name, a] of peft) {
			const module = /^base_model\.model\.(.+)\.lora_A\.weight$/.exec(name)?.[1];
			if (module !== undefined)
				modules.set(module, { a, b: defined(peft.get(name.replace("lora_A", "lora_B")), name) });
		}
		this.learner.adapter.setModules(modules);
	}

	/** Current values in PEFT's names, unrounded. */
	adapterValues(): Map<string, number[]> {
		return this.peftNamed(new Map(Object.entries(this.learner.adapter.parameters() as Record<string, Float32Array>)));
	}

	peftNamed(stacked: ReadonlyMap<string, ArrayLike<number>>): Map<string, number[]> {
		return unstack(stacked, this.golden.config, this.golden.lora);
	}

	async close(): Promise<void> {
		await this.learner.release();
		rmSync(this.#cache, { recursive: true, force: true });
	}
}
