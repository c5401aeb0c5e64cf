/**
 * LoRA (Hu et al. 2021) around the linear modules of a model: y = W x + alpha / r * B A x. Trainable tensors of the same
 * kind are stacked over layers, and modules that read the same input share one product with their stacked A: an
 * optimiser then sees a dozen tensors instead of hundreds.
 */
import { invariant } from "#base/assert";
import { split } from "#graph/ops/layout";
import { addProduct, gemm } from "#graph/ops/linear";
import { type FloatType, input, type Tensor } from "#graph/tensor";
import type { ModelConfig } from "./config.ts";
import { type LinearModule, linearModules, linearShape } from "./parameters.ts";

export interface LoraShape {
	readonly rank: number;
	readonly alpha: number;
	readonly targets: readonly LinearModule[];
}

/** A stacked tensor: rows of layer 0, then of layer 1, ... */
export interface LoraTensor {
	readonly name: string;
	/** [layers * rowsPerLayer, columns]. */
	readonly shape: readonly [number, number];
	readonly rowsPerLayer: number;
	/** A: modules whose A is stacked here, `rank` rows each. B: the one module, as B transposed [rank, out]. */
	readonly modules: readonly LinearModule[];
	readonly role: "a" | "b";
}

/** Modules that read one and the same input. */
export const sameInput: readonly (readonly LinearModule[])[] = [
	["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
	["self_attn.o_proj"],
	["mlp.gate_proj", "mlp.up_proj"],
	["mlp.down_proj"],
];

/** The trainable tensors of a LoRA, in a fixed order. */
export function loraTensors(config: ModelConfig, lora: LoraShape): readonly LoraTensor[] {
	const tensors: LoraTensor[] = [];
	const push = (role: "a" | "b", modules: readonly LinearModule[], columns: number) => {
		const rowsPerLayer = lora.rank * modules.length;
		const name = `${role}.${modules.map(shortName).join("+")}`;
		tensors.push({ name, role, modules, rowsPerLayer, shape: [config.layers * rowsPerLayer, columns] });
	};
	for (const group of sameInput) {
		const modules = group.filter((module) => lora.targets.includes(module));
		if (modules.length > 0) push("a", modules, linearShape(config, modules[0] as LinearModule)[1]);
	}
	for (const module of linearModules) {
		if (lora.targets.includes(module)) push("b", [module], linearShape(config, module)[0]);
	}
	return tensors;
}

/** `self_attn.q_proj` -> `q_proj`. */
export function shortName(module: LinearModule): string {
	return module.slice(module.indexOf(".") + 1);
}

export interface LoraGraph {
	/** Inputs of the graph, named and ordered as `loraTensors`. */
	readonly parameters: readonly Tensor[];
	/** `base` plus what the adapter of `module` (full name, with its layer) adds for input `x`. */
	adapt(x: Tensor, module: string, base: Tensor): Tensor;
}

/** LoRA tensors as graph inputs. */
export function loraGraph(config: ModelConfig, lora: LoraShape, dtype: FloatType): LoraGraph {
	const tensors = loraTensors(config, lora);
	const parameters = tensors.map((tensor) => input(tensor.name, dtype, tensor.shape));
	const perLayer = new Map<string, readonly Tensor[]>();
	tensors.forEach((tensor, i) => {
		const sizes = Array.from({ length: config.layers }, () => tensor.rowsPerLayer);
		perLayer.set(tensor.name, split(parameters[i] as Tensor, sizes, 0));
	});
	const reduced = new Map<Tensor, Map<string, Tensor>>();

	/** alpha / r * x A^T of each module that reads `x`, [T, rank] each: one product for all of them. */
	function project(x: Tensor, layer: number, a: LoraTensor): Map<string, Tensor> {
		const known = reduced.get(x);
		if (known !== undefined) return known;
		const stacked = perLayer.get(a.name)?.[layer];
		invariant(stacked !== undefined, `layer ${layer} of ${a.name} is missing`);
		const parts = split(
			gemm(x, stacked, { transB: true, alpha: lora.alpha / lora.rank }),
			a.modules.map(() => lora.rank),
			1,
		);
		const byModule = new Map(a.modules.map((module, i) => [module as string, parts[i] as Tensor]));
		reduced.set(x, byModule);
		return byModule;
	}

	return {
		parameters,
		adapt(x, fullName, base) {
			const { layer, module } = parseModule(fullName);
			const a = tensors.find((tensor) => tensor.role === "a" && tensor.modules.includes(module));
			if (a === undefined) return base;
			const b = perLayer.get(`b.${shortName(module)}`)?.[layer];
			const low = project(x, layer, a).get(module);
			invariant(b !== undefined && low !== undefined, `${fullName} has no adapter tensors`);
			return addProduct(base, low, b); // [T, r] @ [r, out]
		},
	};
}

/** `model.layers.3.mlp.up_proj` -> layer 3, `mlp.up_proj`. */
export function parseModule(name: string): { readonly layer: number; readonly module: LinearModule } {
	const match = /^model\.layers\.(\d+)\.(.+)$/.exec(name);
	invariant(match !== null, `${name} is not a module of a layer`);
	return { layer: Number(match[1]), module: match[2] as LinearModule };
}
