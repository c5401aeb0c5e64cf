/** The graphs made of a model: scoring, learning, and the logits of chosen rows. */
import { gradients } from "#graph/autodiff";
import { onlyIf } from "#graph/ops/branch";
import { add, and, exp, greater, lessOrEqual, min, mul } from "#graph/ops/elementwise";
import { headLoss, type TokenLoss } from "#graph/ops/headLoss";
import { reshape } from "#graph/ops/layout";
import { gemm } from "#graph/ops/linear";
import { gatherRows } from "#graph/ops/lookup";
import { reduceSum } from "#graph/ops/reduce";
import { type FloatType, input, type Tensor, weight, weightRows } from "#graph/tensor";
import type { ModelConfig } from "./config.ts";
import { documentRows } from "./documentRows.ts";
import { forwardOf } from "./families.ts";
import type { Parameters, Rows } from "./forward.ts";
import { type LoraGraph, type LoraShape, loraGraph, loraTensors } from "./lora.ts";
import { parameterShapes } from "./parameters.ts";

export interface GraphOptions {
	readonly config: ModelConfig;
	/** Rows T of one run. */
	readonly rows: number;
	readonly dtype: FloatType;
}

export type Outputs = Readonly<Record<string, Tensor>>;

/** Inputs `tokens positions documents targets` [T] int64 and the LoRA tensors if any; outputs `nll top1` [T]. */
export function scoreGraph(options: GraphOptions, lora?: LoraShape): Outputs {
	const adapter = lora && loraGraph(options.config, lora, options.dtype);
	const { nll, top1 } = tokenLoss(options, parametersOf(options, adapter));
	return { nll, top1 };
}

/**
 * Inputs as `scoreGraph`, the LoRA tensors, `tokenWeights` [T] and the gate's scalars `gateMin gateMax logScale exponent
 * cap` [1] (see `Gate` in adapt/learner.ts). Outputs `nll top1` [T] and, only where gateMin < sum(tokenWeights * nll) <=
 * gateMax, `weight` [1] and `g.<tensor>`: gradients of weight * sum(tokenWeights * nll), the weight held constant.
 */
export function learnGraph(options: GraphOptions, lora: LoraShape): Outputs {
	const adapter = loraGraph(options.config, lora, options.dtype);
	const { nll, top1 } = tokenLoss(options, parametersOf(options, adapter));
	const number = (name: string) => input(name, options.dtype, [1]);
	const tokenWeights = input("tokenWeights", options.dtype, [options.rows]);
	const loss = reduceSum(mul(tokenWeights, nll), [0]); // [1]
	const surprising = and(greater(loss, number("gateMin")), lessOrEqual(loss, number("gateMax")));
	const windowWeight = min(number("cap"), exp(add(number("logScale"), mul(number("exponent"), loss))));
	const wrt = gradients(nll, mul(tokenWeights, windowWeight), adapter.parameters);
	const results = onlyIf(reshape(surprising, []), [windowWeight, ...wrt]);
	const named = loraTensors(options.config, lora).map(({ name }, i) => [`g.${name}`, results[i + 1] as Tensor]);
	return { nll, top1, weight: results[0] as Tensor, ...Object.fromEntries(named) };
}

/** Inputs `tokens positions documents` [T], `picked` [k] int64 and the LoRA tensors if any; output `logits` [k, V]. */
export function logitsGraph(options: GraphOptions, picked: number, lora?: LoraShape): Outputs {
	const adapter = lora && loraGraph(options.config, lora, options.dtype);
	const parameters = parametersOf(options, adapter);
	const hidden = forwardOf(options.config)(parameters, rowInputs(options));
	const rows = gatherRows(hidden, input("picked", "int64", [picked]));
	return { logits: gemm(rows, headOf(parameters), { transB: true }) };
}

function tokenLoss(options: GraphOptions, parameters: Parameters): TokenLoss {
	const hidden = forwardOf(options.config)(parameters, rowInputs(options));
	return headLoss(hidden, input("targets", "int64", [options.rows]), chunksOf(headOf(parameters)));
}

/** Odd multiples of 16 rows: a row of logits then does not lie at a multiple of a memory page from the next. */
export const headChunk = 385 * 16;

function chunksOf(head: Tensor): readonly Tensor[] {
	const rows = head.shape[0] as number;
	return Array.from({ length: Math.ceil(rows / headChunk) }, (_, i) =>
		weightRows(head, i * headChunk, Math.min(rows, (i + 1) * headChunk)),
	);
}

function rowInputs({ config, rows, dtype }: GraphOptions): Rows {
	const ids = (name: string) => input(name, "int64", [rows]);
	return documentRows(config, ids("tokens"), ids("positions"), ids("documents"), dtype);
}

function headOf(parameters: Parameters): Tensor {
	const { tiedEmbeddings } = parameters.config;
	return parameters.parameter(tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight");
}

/** The checkpoint's tensors, each made once, with the adapter's part added to the modules it has. */
function parametersOf({ config, dtype }: GraphOptions, adapter?: LoraGraph): Parameters {
	const shapes = parameterShapes(config);
	const made = new Map<string, Tensor>();
	const parameter = (name: string): Tensor => {
		const known = made.get(name) ?? weight(name, dtype, shapes.get(name) ?? []);
		made.set(name, known);
		return known;
	};
	return {
		config,
		dtype,
		parameter,
		linear(x, module) {
			const bias = shapes.has(`${module}.bias`) ? parameter(`${module}.bias`) : undefined;
			const base = gemm(x, parameter(`${module}.weight`), { transB: true }, bias);
			return adapter === undefined ? base : adapter.adapt(x, module, base);
		},
	};
}
