/** A tiny model of test/golden/models with what PyTorch, transformers and PEFT computed from it (tools/golden/models.py). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TokenWindow } from "#adapt/learner";
import { defined } from "#base/assert";
import { type ModelConfig, parseConfig } from "#models/config";
import type { LoraShape } from "#models/lora";
import { linearModules } from "#models/parameters";
import { SafetensorsFile } from "#runtime/safetensors";

/** The part of `reference.json` that is read here. */
interface Reference {
	readonly covers: string;
	readonly adapter: { readonly rank: number; readonly alpha: number; readonly targets: readonly string[] };
	readonly windows: readonly (readonly number[])[];
	/** Mean over each window, base model. */
	readonly loss: readonly number[];
	readonly nll: readonly (readonly number[])[];
	readonly adapterLoss: readonly number[];
	readonly gradientNorm: number;
	readonly tlm: Readonly<
		Record<"lambda" | "logP0" | "logPerplexity" | "s" | "gradientNormSCE" | "gradientNormSP", number>
	>;
	readonly trainingWeights: readonly number[];
	readonly training: Readonly<Record<"learningRate" | "loss" | "gradientNorm", readonly number[]>>;
}

export type Tensors = ReadonlyMap<string, Float32Array>;

export interface Golden {
	readonly name: string;
	readonly folder: string;
	readonly config: ModelConfig;
	readonly reference: Reference;
	readonly lora: LoraShape;
	/** As PEFT names them; A and B both nonzero. */
	readonly adapter: Tensors;
	/** Of window 0 by the base model: [tokens - 1, vocabulary]. */
	readonly logits: Float32Array;
	/** Of window 1 with the adapter. */
	readonly adapterLogits: Float32Array;
	/** Of the mean loss of window 0 with the adapter, named as the adapter. */
	readonly gradients: Tensors;
	/** What training from the adapter's A and a zero B changed. */
	readonly changes: Tensors;
}

const kept = "test/golden/models";

export const goldenNames = readdirSync(kept).sort();

export function readGolden(name: string, root = kept): Golden {
	const folder = join(root, name);
	const reference = readJson(join(folder, "reference.json")) as Reference;
	const stored = readTensors(join(folder, "reference.safetensors"));
	const part = (prefix: string): Tensors =>
		new Map([...stored].filter(([key]) => key.startsWith(prefix)).map(([key, v]) => [key.slice(prefix.length), v]));
	const { rank, alpha, targets } = reference.adapter;
	return {
		name,
		folder,
		config: parseConfig(readJson(join(folder, "config.json")), join(folder, "config.json")),
		reference,
		lora: {
			rank,
			alpha,
			targets: linearModules.filter((module) => targets.includes(module.slice(module.indexOf(".") + 1))),
		},
		adapter: readTensors(join(folder, "adapter", "adapter_model.safetensors")),
		logits: defined(stored.get("logits"), "logits"),
		adapterLogits: defined(stored.get("adapterLogits"), "adapterLogits"),
		gradients: part("gradient."),
		changes: part("change."),
	};
}

/** All but its first token are scored. */
export function windowOf(tokens: readonly number[]): TokenWindow {
	return { tokens: Int32Array.from(tokens), scoreFrom: 1, bytes: tokens.length };
}

/** ||actual - expected|| / ||expected||, in double precision. */
export function relativeL2(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
	if (actual.length !== expected.length) throw new Error(`${actual.length} numbers, expected ${expected.length}`);
	let difference = 0;
	let size = 0;
	for (let i = 0; i < expected.length; i++) {
		const e = expected[i] as number;
		difference += ((actual[i] as number) - e) ** 2;
		size += e * e;
	}
	return Math.sqrt(difference / size);
}

/** The worst relative L2 over tensors, and whose it is. */
export function worst(
	actual: ReadonlyMap<string, ArrayLike<number>>,
	expected: Tensors,
): { error: number; name: string } {
	const errors = [...expected].map(([name, value]) => ({
		name,
		error: relativeL2(defined(actual.get(name), name), value),
	}));
	return errors.reduce((a, b) => (b.error <= a.error ? a : b));
}

function readTensors(path: string): Map<string, Float32Array> {
	const file = new SafetensorsFile(path);
	try {
		return new Map([...file.header.tensors.keys()].map((name) => [name, file.read(name)]));
	} finally {
		file.close();
	}
}

function readJson(path: string): unknown {
	return JSON.parse(readFileSync(path, "utf8"));
}
