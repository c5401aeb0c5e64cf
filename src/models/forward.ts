/** What a model file is given, and what every family shares. A model file reads top to bottom like its paper. */

import { gatedSilu } from "#graph/ops/elementwise";
import { reshape } from "#graph/ops/layout";
import { rmsNorm } from "#graph/ops/norm";
import type { RotaryTable } from "#graph/ops/rotary";
import { rotary } from "#graph/ops/rotary";
import type { FloatType, Tensor } from "#graph/tensor";
import type { ModelConfig } from "./config.ts";

/** One run of T token rows, and what they see. */
export interface Rows {
	/** The rows' embeddings [T, d], from the model's table [V, d] if they are looked up in the graph. */
	embed(table: () => Tensor): Tensor;
	/** Place of each row in its own document: [T] int64, below `span`. */
	readonly positions: Tensor;
	readonly span: number;
	/** Queries [T, heads * headDim], keys and values [T, kvHeads * headDim] of a layer -> [T, heads * headDim]. */
	attend(layer: number, query: Tensor, key: Tensor, value: Tensor): Tensor;
	/** What `run`, a section of the layers, makes of `x` [T, d]; index as in `sectionsOf`. */
	section(index: number, x: Tensor, run: (x: Tensor) => Tensor): Tensor;
	/** Of [T, n] the rows that are wanted in the end, [k, n]: the others have done their part once the last layer has their keys and values. */
	want(x: Tensor): Tensor;
}

/** The parameters of a model in use. Knows of adapters and where weights are; model files do not. */
export interface Parameters {
	readonly config: ModelConfig;
	readonly dtype: FloatType;
	/** A frozen tensor by its name in the checkpoint. */
	parameter(name: string): Tensor;
	/** x [T, in] -> [T, out] through the module's weight, bias and, if it has one, adapter. */
	linear(x: Tensor, module: string): Tensor;
}

/** [T] tokens -> [k, d], the rows wanted, after the final norm: what the head reads. */
export type Forward = (model: Parameters, rows: Rows) => Tensor;

export interface LayerContext {
	readonly model: Parameters;
	readonly rows: Rows;
	readonly rotary: RotaryTable;
	readonly index: number;
	/** Name of the layer in the checkpoint, with its dot: `model.layers.3.`. */
	readonly prefix: string;
}

export function normed(layer: LayerContext, x: Tensor, name: string): Tensor {
	return rmsNorm(x, layer.model.parameter(`${layer.prefix}${name}.weight`), layer.model.config.rmsNormEps);
}

export function projected(layer: LayerContext, x: Tensor, module: string): Tensor {
	return layer.model.linear(x, `${layer.prefix}${module}`);
}

/** Each head of `x` [T, heads * headDim] normalised by itself. */
export function headNormed(layer: LayerContext, x: Tensor, name: string): Tensor {
	const { headDim } = layer.model.config;
	const heads = reshape(x, [x.shape[0] as number, (x.shape[1] as number) / headDim, headDim]);
	return reshape(normed(layer, heads, name), x.shape);
}

export function rotated(layer: LayerContext, x: Tensor): Tensor {
	return rotary(x, layer.rows.positions, layer.rotary);
}

/** Queries [T, heads * headDim], keys and values [T, kvHeads * headDim] -> [T, heads * headDim]. */
export function attended(layer: LayerContext, query: Tensor, key: Tensor, value: Tensor): Tensor {
	return layer.rows.attend(layer.index, query, key, value);
}

/** Of [T, n] the rows that go on after attention: all but in the last layer, where they are those wanted. */
export function wanted({ model, rows, index }: LayerContext, x: Tensor): Tensor {
	return index === model.config.layers - 1 ? rows.want(x) : x;
}

/** The gated feed-forward of all these families (SwiGLU, Shazeer 2020): [T, d] -> [T, d]. */
export function swiglu(layer: LayerContext, x: Tensor): Tensor {
	const gate = projected(layer, x, "mlp.gate_proj"); // [T, ffn]
	return projected(layer, gatedSilu(gate, projected(layer, x, "mlp.up_proj")), "mlp.down_proj");
}
