/** The values of an adapter and of its optimiser, as the stacked tensors the graphs use. */
import type { LearnerState } from "#adapt/learner";
import { defined, invariant } from "#base/assert";
import { seededRandom } from "#base/random";
import { type AdamW, stepScalars } from "#graph/adamw";
import { type FloatType, sameShape, sizeOf } from "#graph/tensor";
import type { ModelConfig } from "#models/config";
import { type LoraShape, type LoraTensor, loraTensors, shortName } from "#models/lora";
import type { NamedValues } from "./graphSession.ts";

type Floats = Float32Array | Float64Array;

/** Matrices of one adapted module, in PEFT's layout. */
export interface ModuleAdapter {
	/** [rank, in]. */
	readonly a: Float32Array;
	/** [out, rank]. */
	readonly b: Float32Array;
}

/** A LoRA as plain data, as an adapter's folder holds it. */
export interface Adapter {
	readonly lora: LoraShape;
	/** By full name (`model.layers.0.self_attn.q_proj`). */
	readonly modules: ReadonlyMap<string, ModuleAdapter>;
}

export interface AdapterOptions {
	readonly config: ModelConfig;
	readonly lora: LoraShape;
	readonly adamw: AdamW;
	readonly target: { readonly dtype: FloatType };
	readonly seed: number;
}

export class AdapterState {
	readonly tensors: readonly LoraTensor[];
	readonly #options: AdapterOptions;
	/** By `<name>`, `m.<name>`, `v.<name>`. */
	#values = new Map<string, Floats>();
	/** The other half of two sets of arrays that take turns: a step reads one and writes the other. */
	#spare: ReadonlyMap<string, Floats> | undefined;
	#step = 0;
	#data: Adapter | undefined;

	constructor(options: AdapterOptions) {
		this.#options = options;
		this.tensors = loraTensors(options.config, options.lora);
		const random = seededRandom(options.seed);
		for (const tensor of this.tensors) {
			const values = this.#zeros(sizeOf(tensor.shape));
			// PEFT's default: A as torch.nn.Linear is initialised (uniform within 1 / sqrt(in)), B zero.
			const bound = 1 / Math.sqrt(tensor.shape[1]);
			if (tensor.role === "a")
				for (let i = 0; i < values.length; i++) values[i] = Math.fround((2 * random.uniform() - 1) * bound);
			this.#values.set(tensor.name, values);
		}
		this.resetOptimizer();
	}

	get lora(): LoraShape {
		return this.#options.lora;
	}

	/** Feeds of a graph with this adapter. */
	parameters(): NamedValues {
		return Object.fromEntries(this.tensors.map(({ name }) => [name, this.#get(name)]));
	}

	/** Feeds of the optimiser's graph for its next step. */
	stepFeeds(gradients: ReadonlyMap<string, Floats>, learningRate: number): NamedValues {
		const feeds: Record<string, NamedValues[string]> = {};
		for (const [name, values] of this.#values) feeds[name] = values;
		for (const { name } of this.tensors) feeds[`g.${name}`] = defined(gradients.get(name), `gradient of ${name}`);
		const scalars = stepScalars(this.#options.adamw, this.#step + 1, learningRate);
		for (const [name, value] of Object.entries(scalars)) feeds[name] = this.#zeros(1).fill(value);
		return feeds;
	}

	/** Where the optimiser's graph is to write. */
	stepResults(): NamedValues {
		this.#spare ??= new Map([...this.#values].map(([name, values]) => [name, this.#zeros(values.length)]));
		return Object.fromEntries([...this.#spare].map(([name, values]) => [`new.${name}`, values]));
	}

	/** Takes over what the optimiser's graph has written to `stepResults`. */
	take(): void {
		const before = this.#values;
		this.#values = new Map(defined(this.#spare, "results of a step"));
		this.#spare = before;
		this.#step++;
		this.#data = undefined;
	}

	resetOptimizer(): void {
		for (const { name, shape } of this.tensors) {
			this.#values.set(`m.${name}`, this.#zeros(sizeOf(shape)));
			this.#values.set(`v.${name}`, this.#zeros(sizeOf(shape)));
		}
		this.#step = 0;
	}

	/** B, and with it all that the adapter adds, times `factor`. */
	weaken(factor: number): void {
		this.#data = undefined;
		for (const { name, role } of this.tensors) {
			if (role === "a") continue;
			const values = this.#get(name);
			for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * factor;
		}
	}

	/** Copies; in float64 they are rounded. */
	save(): LearnerState {
		const shapes = new Map(this.tensors.map(({ name, shape }) => [name, shape]));
		const tensors = new Map(
			[...this.#values].map(([name, values]) => {
				const shape = defined(shapes.get(name.replace(/^[mv]\./, "")), name);
				return [name, { shape, data: Float32Array.from(values) }];
			}),
		);
		return { step: this.#step, tensors };
	}

	load(state: LearnerState): void {
		this.#data = undefined;
		for (const { name, shape } of this.tensors) {
			for (const key of [name, `m.${name}`, `v.${name}`]) {
				const found = defined(state.tensors.get(key), key);
				invariant(sameShape(found.shape, shape), `${key} has shape [${found.shape}], not [${shape}]`);
				this.#values.set(key, this.#cast(found.data));
			}
		}
		this.#step = state.step;
	}

	/** The adapter as it is now: the same object until a value changes. */
	asData(): Adapter {
		this.#data ??= { lora: this.lora, modules: this.modules() };
		return this.#data;
	}

	/** By full module name (`model.layers.0.self_attn.q_proj`), in PEFT's layout. */
	modules(): ReadonlyMap<string, ModuleAdapter> {
		const { rank } = this.#options.lora;
		const result = new Map<string, ModuleAdapter>();
		for (let layer = 0; layer < this.#options.config.layers; layer++) {
			for (const { a, b, row } of this.#pairs()) {
				const matrixA = this.#rows(a, layer * a.rowsPerLayer + row, rank);
				const transposed = this.#rows(b, layer * b.rowsPerLayer, rank);
				const name = `model.layers.${layer}.${defined(b.modules[0], "module")}`;
				result.set(name, { a: Float32Array.from(matrixA), b: transpose(transposed, rank, b.shape[1]) });
			}
		}
		return result;
	}

	/** Replaces the adapter's values; the optimiser starts afresh. */
	setModules(modules: ReadonlyMap<string, ModuleAdapter>): void {
		this.#data = undefined;
		const { rank } = this.#options.lora;
		for (let layer = 0; layer < this.#options.config.layers; layer++) {
			for (const { a, b, row } of this.#pairs()) {
				const name = `model.layers.${layer}.${defined(b.modules[0], "module")}`;
				const found = defined(modules.get(name), `adapter of ${name}`);
				this.#rows(a, layer * a.rowsPerLayer + row, rank).set(found.a);
				this.#rows(b, layer * b.rowsPerLayer, rank).set(transpose(found.b, b.shape[1], rank));
			}
		}
		this.resetOptimizer();
	}

	/** Each adapted module's B with its A and the row at which its A begins within a layer. */
	#pairs(): readonly { readonly a: LoraTensor; readonly b: LoraTensor; readonly row: number }[] {
		return this.tensors
			.filter((tensor) => tensor.role === "b")
			.map((b) => {
				const module = defined(b.modules[0], "module");
				const a = this.tensors.find((tensor) => tensor.role === "a" && tensor.modules.includes(module));
				const stacked = defined(a, `A of ${shortName(module)}`);
				return { a: stacked, b, row: stacked.modules.indexOf(module) * this.#options.lora.rank };
			});
	}

	#rows(tensor: LoraTensor, first: number, count: number): Floats {
		const columns = tensor.shape[1];
		return this.#get(tensor.name).subarray(first * columns, (first + count) * columns) as Floats;
	}

	#get(name: string): Floats {
		return defined(this.#values.get(name), name);
	}

	#zeros(length: number): Floats {
		return this.#options.target.dtype === "float64" ? new Float64Array(length) : new Float32Array(length);
	}

	#cast(values: Float32Array): Floats {
		return this.#options.target.dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values);
	}
}

/** A row-major [rows, columns] matrix with its axes swapped. */
function transpose(values: Floats, rows: number, columns: number): Float32Array {
	const result = new Float32Array(values.length);
	for (let r = 0; r < rows; r++)
		for (let c = 0; c < columns; c++) result[c * rows + r] = values[r * columns + c] as number;
	return result;
}
