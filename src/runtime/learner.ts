/** The `Learner` port over onnxruntime: a base model in its files, one adapter and its optimiser in memory. */
import type {
	AdapterSwitch,
	Gate,
	GatedStepResult,
	GenerateOptions,
	Learner,
	LearnerState,
	PassCount,
	StepResult,
	TokenWindow,
	WeightedWindow,
	WindowScore,
} from "#adapt/learner";
import { defined, invariant } from "#base/assert";
import { type AdamW, adamwGraph } from "#graph/adamw";
import type { ModelConfig } from "#models/config";
import { learnGraph, scoreGraph } from "#models/graphs";
import { type LoraShape, loraTensors } from "#models/lora";
import { AdapterState } from "./adapterState.ts";
import { GreedyWriter } from "./decode/greedyWriter.ts";
import {
	type FeedValues,
	type GraphSession,
	openGraph,
	type SessionTarget,
	type WeightSource,
} from "./graphSession.ts";
import { type PlacedWindow, pack, rowFeeds, scoredRows } from "./packing.ts";

export interface LearnerOptions {
	readonly config: ModelConfig;
	readonly weights: WeightSource;
	readonly lora: LoraShape;
	readonly adamw: AdamW;
	/** Rows of one run: the most input tokens of a window. */
	readonly capacity: number;
	readonly target: SessionTarget;
	/** Decides A's first values. */
	readonly seed: number;
}

/** Passes every window through, with weight 1. */
const always: Gate = { min: -3e38, max: 3e38, logScale: 0, exponent: 0, cap: 3e38 };

type SessionKind = "score" | "scoreAdapted" | "learn" | "adamw";

type Run = Readonly<Record<string, FeedValues>>;

/** Sessions are opened when first used; call `release` at the end. */
export class OrtLearner implements Learner {
	readonly capacity: number;
	readonly adapter: AdapterState;
	readonly #options: LearnerOptions;
	readonly #sessions = new Map<SessionKind, Promise<GraphSession>>();
	#writer: Promise<GreedyWriter> | undefined;
	#forward = 0;
	#backward = 0;

	constructor(options: LearnerOptions) {
		this.#options = options;
		this.capacity = options.capacity;
		this.adapter = new AdapterState(options);
	}

	get passes(): PassCount {
		return { forward: this.#forward, backward: this.#backward };
	}

	async score(windows: readonly TokenWindow[], adapter: AdapterSwitch): Promise<readonly WindowScore[]> {
		const scores: WindowScore[] = [];
		for (const run of pack(windows, this.capacity)) {
			const session = await this.#session(adapter === "off" ? "score" : "scoreAdapted");
			const parameters = adapter === "off" ? {} : this.adapter.parameters();
			const results = await session.run({ ...rowFeeds(run, this.capacity), ...parameters });
			this.#forward += run.length;
			for (const placed of run) scores[placed.index] = scoreOf(placed, results);
		}
		return scores;
	}

	async learn(batch: readonly WeightedWindow[], learningRate: number): Promise<StepResult> {
		invariant(batch.length > 0, "a step without a window");
		const windows = batch.map(({ window }) => window);
		const scores: WindowScore[] = [];
		const sum = new Map<string, Float64Array | Float32Array>();
		for (const run of pack(windows, this.capacity)) {
			const weights = batch.map(({ weight }) => weight);
			const results = await this.#learn(run, tokenWeights(run, weights, this.capacity), always);
			this.#forward += run.length;
			this.#backward += run.length;
			for (const placed of run) scores[placed.index] = scoreOf(placed, results);
			this.#accumulate(sum, results);
		}
		return { scores, gradientNorm: await this.#step(sum, learningRate) };
	}

	async learnIfSurprising(window: TokenWindow, gate: Gate, learningRate: number): Promise<GatedStepResult> {
		const [run] = pack([window], this.capacity) as [readonly PlacedWindow[]];
		const results = await this.#learn(run, tokenWeights(run, [1], this.capacity), gate);
		const score = scoreOf(run[0] as PlacedWindow, results);
		this.#forward++;
		const weight = floats(results, "weight");
		if (weight.length === 0) return { learned: false, score };
		this.#backward++;
		const gradients = new Map(this.#tensorNames().map((name) => [name, floats(results, `g.${name}`)]));
		const gradientNorm = await this.#step(gradients, learningRate);
		return { learned: true, score, weight: weight[0] as number, gradientNorm };
	}

	async generate(prompt: Int32Array, options: GenerateOptions, adapter: AdapterSwitch): Promise<Int32Array> {
		const { config, weights, target } = this.#options;
		// What other devices and types are worth is not for a row at a time.
		const onCpu: SessionTarget = { provider: "cpu", dtype: "float32", threads: target.threads };
		this.#writer ??= GreedyWriter.open({ config, weights, context: this.capacity, target: onCpu });
		this.#forward++;
		const end = prompt.subarray(Math.max(0, prompt.length - this.capacity));
		return (await this.#writer).write(end, options, adapter === "on" ? this.adapter.asData() : undefined);
	}

	/** Gradients of the batch without a step, by stacked tensor: for tests. */
	async gradients(batch: readonly WeightedWindow[]): Promise<ReadonlyMap<string, ArrayLike<number>>> {
		const sum = new Map<string, Float64Array | Float32Array>();
		const weights = batch.map(({ weight }) => weight);
		for (const run of pack(
			batch.map(({ window }) => window),
			this.capacity,
		))
			this.#accumulate(sum, await this.#learn(run, tokenWeights(run, weights, this.capacity), always));
		return sum;
	}

	resetOptimizer(): void {
		this.adapter.resetOptimizer();
	}

	weaken(factor: number): void {
		this.adapter.weaken(factor);
	}

	save(): LearnerState {
		return this.adapter.save();
	}

	load(state: LearnerState): void {
		this.adapter.load(state);
	}

	async release(): Promise<void> {
		const sessions = [...this.#sessions.values()];
		this.#sessions.clear();
		for (const session of sessions) await (await session).release();
		const writer = this.#writer;
		this.#writer = undefined;
		await (await writer)?.release();
	}

	async #learn(run: readonly PlacedWindow[], weights: Float64Array, gate: Gate): Promise<Run> {
		const session = await this.#session("learn");
		const number = (value: number) => this.#values([value]);
		return session.run({
			...rowFeeds(run, this.capacity),
			...this.adapter.parameters(),
			tokenWeights: this.#values(weights),
			gateMin: number(gate.min),
			gateMax: number(gate.max),
			logScale: number(gate.logScale),
			exponent: number(gate.exponent),
			cap: number(gate.cap),
		});
	}

	#accumulate(sum: Map<string, Float64Array | Float32Array>, results: Run): void {
		for (const name of this.#tensorNames()) {
			const gradient = floats(results, `g.${name}`);
			const before = sum.get(name);
			if (before === undefined) sum.set(name, gradient);
			else for (let i = 0; i < before.length; i++) before[i] = (before[i] as number) + (gradient[i] as number);
		}
	}

	async #step(gradients: ReadonlyMap<string, Float64Array | Float32Array>, learningRate: number): Promise<number> {
		const session = await this.#session("adamw");
		const results = await session.run(this.adapter.stepFeeds(gradients, learningRate), this.adapter.stepResults());
		this.adapter.take();
		return floats(results, "norm")[0] as number;
	}

	#tensorNames(): readonly string[] {
		return this.adapter.tensors.map(({ name }) => name);
	}

	#values(values: ArrayLike<number>): Float32Array | Float64Array {
		return this.#options.target.dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values);
	}

	#session(kind: SessionKind): Promise<GraphSession> {
		const known = this.#sessions.get(kind);
		if (known !== undefined) return known;
		const { config, lora, target, weights, adamw } = this.#options;
		const graph = { config, rows: this.capacity, dtype: target.dtype };
		const outputs = {
			score: () => scoreGraph(graph),
			scoreAdapted: () => scoreGraph(graph, lora),
			learn: () => learnGraph(graph, lora),
			adamw: () => adamwGraph(adamw, loraTensors(config, lora), target.dtype),
		}[kind]();
		const opened = openGraph(outputs, target, weights);
		this.#sessions.set(kind, opened);
		return opened;
	}
}

/** Per row: the weight of its target in the loss sum_i weight_i * mean(nll_i). */
function tokenWeights(run: readonly PlacedWindow[], weights: readonly number[], capacity: number): Float64Array {
	const result = new Float64Array(capacity);
	for (const placed of run) {
		const [first, end] = scoredRows(placed);
		result.fill((weights[placed.index] ?? 0) / (end - first), first, end);
	}
	return result;
}

function scoreOf(placed: PlacedWindow, results: Run): WindowScore {
	const [first, end] = scoredRows(placed);
	return {
		nll: Float32Array.from(floats(results, "nll").subarray(first, end)),
		top1: Uint8Array.from(floats(results, "top1").subarray(first, end)),
	};
}

function floats(results: Run, name: string): Float32Array | Float64Array {
	return defined(results[name], name) as Float32Array | Float64Array;
}
