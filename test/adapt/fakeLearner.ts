import type {
	AdapterSwitch,
	Gate,
	GatedStepResult,
	GenerateOptions,
	Learner,
	LearnerState,
	StepResult,
	TokenWindow,
	WeightedWindow,
	WindowScore,
} from "#adapt/learner";

export interface FakeOptions {
	readonly vocabulary: number;
	readonly capacity?: number;
	/** The base is the bigram statistics of these ids; uniform without them. */
	readonly base?: Int32Array;
	/** Rates made for a language model, times this, suit a table of bigrams. */
	readonly speed?: number;
	/** Called before every run of the model: tests move a clock, count or fail here. */
	readonly onRun?: (what: "score" | "learn" | "generate", windows: number) => void;
}

interface Row {
	readonly probabilities: Float64Array;
	readonly best: number;
}

/** A bigram model whose adapter is a table of additions to its logits, learned by Adam on the true gradient. */
export class FakeLearner implements Learner {
	readonly capacity: number;
	readonly passes = { forward: 0, backward: 0 };
	readonly #vocabulary: number;
	readonly #base: Float32Array;
	readonly #speed: number;
	readonly #onRun: NonNullable<FakeOptions["onRun"]>;
	#delta: Float32Array;
	#first: Float32Array;
	#second: Float32Array;
	#steps = 0;
	#touched = new Set<number>();
	readonly #rows: Readonly<Record<AdapterSwitch, Map<number, Row>>> = { on: new Map(), off: new Map() };

	constructor(options: FakeOptions) {
		this.capacity = options.capacity ?? 64;
		this.#vocabulary = options.vocabulary;
		this.#speed = options.speed ?? 500;
		this.#onRun = options.onRun ?? (() => {});
		const cells = options.vocabulary ** 2;
		this.#delta = new Float32Array(cells);
		this.#first = new Float32Array(cells);
		this.#second = new Float32Array(cells);
		this.#base = bigrams(options.base ?? nothing, options.vocabulary);
	}

	async score(windows: readonly TokenWindow[], adapter: AdapterSwitch): Promise<readonly WindowScore[]> {
		this.#onRun("score", windows.length);
		this.passes.forward += windows.length;
		return windows.map((window) => this.#score(window, adapter));
	}

	async learn(batch: readonly WeightedWindow[], learningRate: number): Promise<StepResult> {
		this.#onRun("learn", batch.length);
		this.passes.forward += batch.length;
		this.passes.backward += batch.length;
		const scores = batch.map(({ window }) => this.#score(window, "on"));
		return { scores, gradientNorm: this.#step(batch, learningRate) };
	}

	async learnIfSurprising(window: TokenWindow, gate: Gate, learningRate: number): Promise<GatedStepResult> {
		this.#onRun("learn", 1);
		this.passes.forward++;
		const score = this.#score(window, "on");
		const logPerplexity = score.nll.reduce((a, b) => a + b, 0) / score.nll.length;
		if (!(logPerplexity > gate.min && logPerplexity <= gate.max)) return { learned: false, score };
		this.passes.backward++;
		const weight = Math.min(gate.cap, Math.exp(gate.logScale + gate.exponent * logPerplexity));
		return { learned: true, score, weight, gradientNorm: this.#step([{ window, weight }], learningRate) };
	}

	async generate(prompt: Int32Array, options: GenerateOptions, adapter: AdapterSwitch): Promise<Int32Array> {
		this.#onRun("generate", 1);
		const ids = [...prompt];
		while (ids.length < prompt.length + options.maxTokens) {
			const next = this.#probabilities(ids.at(-1) ?? 0, adapter).best;
			if (options.stop.has(next)) break;
			ids.push(next);
		}
		return Int32Array.from(ids.slice(prompt.length));
	}

	resetOptimizer(): void {
		this.#first.fill(0);
		this.#second.fill(0);
		this.#steps = 0;
	}

	weaken(factor: number): void {
		this.#delta = this.#delta.map((value) => value * factor);
		this.#rows.on.clear();
	}

	save(): LearnerState {
		const shape = [this.#vocabulary, this.#vocabulary];
		const tensor = (data: Float32Array) => ({ shape, data: data.slice() });
		return {
			step: this.#steps,
			tensors: new Map([
				["delta", tensor(this.#delta)],
				["first", tensor(this.#first)],
				["second", tensor(this.#second)],
			]),
		};
	}

	load(state: LearnerState): void {
		this.#rows.on.clear();
		const data = (name: string): Float32Array => (state.tensors.get(name) as { data: Float32Array }).data.slice();
		this.#delta = data("delta");
		this.#first = data("first");
		this.#second = data("second");
		this.#steps = state.step;
		this.#touched = new Set(rowsInUse(this.#first, this.#vocabulary));
	}

	#probabilities(previous: number, adapter: AdapterSwitch): Row {
		const known = this.#rows[adapter].get(previous);
		if (known !== undefined) return known;
		const row = previous * this.#vocabulary;
		const result = new Float64Array(this.#vocabulary);
		let sum = 0;
		let best = 0;
		for (let i = 0; i < result.length; i++) {
			const logit = (this.#base[row + i] as number) + (adapter === "on" ? (this.#delta[row + i] as number) : 0);
			const value = Math.exp(logit);
			sum += value;
			result[i] = value;
			if (value > (result[best] as number)) best = i;
		}
		for (let i = 0; i < result.length; i++) (result[i] as number) /= sum;
		const made = { probabilities: result, best };
		this.#rows[adapter].set(previous, made);
		return made;
	}

	#score({ tokens, scoreFrom }: TokenWindow, adapter: AdapterSwitch): WindowScore {
		const nll = new Float32Array(tokens.length - scoreFrom);
		const top1 = new Uint8Array(nll.length);
		for (let i = scoreFrom; i < tokens.length; i++) {
			const { probabilities, best } = this.#probabilities(tokens[i - 1] as number, adapter);
			nll[i - scoreFrom] = -Math.log(probabilities[tokens[i] as number] as number);
			top1[i - scoreFrom] = best === tokens[i] ? 1 : 0;
		}
		return { nll, top1 };
	}

	#step(batch: readonly WeightedWindow[], learningRate: number): number {
		const size = this.#vocabulary;
		const rows = new Map<number, Float64Array>();
		for (const { window, weight } of batch) this.#addGradient(window, weight, rows);
		for (const row of rows.keys()) this.#touched.add(row);
		this.#steps++;
		for (const row of this.#touched) this.#rows.on.delete(row);
		const firstShare = 1 - 0.9 ** this.#steps;
		const secondShare = 1 - 0.999 ** this.#steps;
		const rate = learningRate * this.#speed;
		let squares = 0;
		// Rows never seen have no moments and would not move.
		for (const row of this.#touched) {
			const gradient = rows.get(row);
			for (let i = row * size, j = 0; j < size; i++, j++) {
				const g = gradient?.[j] ?? 0;
				squares += g * g;
				const first = 0.9 * (this.#first[i] as number) + 0.1 * g;
				const second = 0.999 * (this.#second[i] as number) + 0.001 * g * g;
				this.#first[i] = first;
				this.#second[i] = second;
				(this.#delta[i] as number) -= (rate * (first / firstShare)) / (Math.sqrt(second / secondShare) + 1e-8);
			}
		}
		return Math.sqrt(squares);
	}

	#addGradient({ tokens, scoreFrom }: TokenWindow, weight: number, rows: Map<number, Float64Array>): void {
		const share = weight / (tokens.length - scoreFrom);
		for (let i = scoreFrom; i < tokens.length; i++) {
			const row = tokens[i - 1] as number;
			const gradient = rows.get(row) ?? new Float64Array(this.#vocabulary);
			const { probabilities } = this.#probabilities(row, "on");
			for (let j = 0; j < gradient.length; j++) (gradient[j] as number) += share * (probabilities[j] as number);
			(gradient[tokens[i] as number] as number) -= share;
			rows.set(row, gradient);
		}
	}
}

const nothing = new Int32Array();
const counted = new WeakMap<Int32Array, Float32Array>();

/** Log counts of what follows what: [vocabulary, vocabulary]. Counted once for the same ids. */
function bigrams(ids: Int32Array, vocabulary: number): Float32Array {
	const known = counted.get(ids);
	if (known?.length === vocabulary ** 2) return known;
	const counts = new Float32Array(vocabulary ** 2).fill(0.1);
	for (let i = 1; i < ids.length; i++) (counts[(ids[i - 1] as number) * vocabulary + (ids[i] as number)] as number)++;
	const logs = counts.map(Math.log);
	counted.set(ids, logs);
	return logs;
}

/** Rows of a table [size, size] that hold anything but zeros. */
function* rowsInUse(table: Float32Array, size: number): Iterable<number> {
	for (let row = 0; row < size; row++)
		if (table.subarray(row * size, (row + 1) * size).some((value) => value !== 0)) yield row;
}
