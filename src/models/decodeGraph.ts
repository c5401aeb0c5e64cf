/** The graph that writes: new rows after a cache, base weights in float32 or in blocks of 4 or 8 bits, adapters as inputs. */
import { defined } from "#base/assert";
import { at } from "#graph/op";
import { onlyIf } from "#graph/ops/branch";
import { add } from "#graph/ops/elementwise";
import { reshape, slice, split } from "#graph/ops/layout";
import { gemm, pieceProducts } from "#graph/ops/linear";
import { type Bits, blockBytes, blockSize, quantisedProduct } from "#graph/ops/quantised";
import { reduceSum } from "#graph/ops/reduce";
import { logSoftmax } from "#graph/ops/softmax";
import { input, type Tensor, weight } from "#graph/tensor";
import { cachedRows } from "./cachedRows.ts";
import type { ModelConfig } from "./config.ts";
import { forwardOf } from "./families.ts";
import type { Parameters } from "./forward.ts";
import type { Outputs } from "./graphs.ts";
import { parseModule, sameInput } from "./lora.ts";
import { hasBias, type LinearModule, linearShape, parameterShapes } from "./parameters.ts";

export type WeightFormat = "float32" | "int8" | "int4";

export interface DecodeGraphOptions {
	readonly config: ModelConfig;
	/** Positions a sequence may hold. */
	readonly context: number;
	readonly format: WeightFormat;
	/** Whether the graph has inputs for an adapter. */
	readonly adapters: boolean;
	/** That onnxruntime may use, at most. */
	readonly threads: number;
}

/**
 * Inputs as `cachedRows`, `told`, one bool, and with `adapters` those of `adapterInputs`. Outputs: `present`, `hidden`, and where `told` holds `logits` [k, V] and
 * `first` [k, 1], the natural logarithm of the first token's probability (what the others' needs beside the logits). Else these are empty, and what only
 * they need is not computed: of the last layer all but keys and values, and the head.
 */
export function decodeGraph(options: DecodeGraphOptions): Outputs {
	const rows = cachedRows(options.config, options.context, options.threads);
	const parameters = parametersOf(options);
	const hidden = forwardOf(options.config)(parameters, rows); // [k, d]
	const logits = headProduct(options, parameters, hidden); // [k, V]
	const told = onlyIf(input("told", "bool", []), [logits, slice(logSoftmax(logits), 1, 0, 1)]);
	return { logits: at(told, 0), first: at(told, 1), present: rows.present(), hidden: rows.hidden() };
}

/** Modules of one input are one product, named so. */
export function groupName(modules: readonly LinearModule[]): string {
	return modules.join("+");
}

/** Rows of the group's modules together, and columns. */
export function groupShape(config: ModelConfig, modules: readonly LinearModule[]): readonly [out: number, in_: number] {
	const shapes = modules.map((module) => linearShape(config, module));
	return [shapes.reduce((sum, [out]) => sum + out, 0), defined(shapes[0], "module")[1]];
}

export function bitsOf(format: "int8" | "int4"): Bits {
	return format === "int8" ? 8 : 4;
}

/** Shape of the blocks of a matrix of `out` rows. */
export function blocksShape(out: number, columns: number, bits: Bits): readonly [number, number, number] {
	return [out, Math.ceil(columns / blockSize), blockBytes(bits)];
}

/** Inputs of a group's adapter: A [pieces, ranks, in / pieces] of its modules one below the other, B [ranks, out] with alpha / rank in it. */
export function adapterInputs(
	layer: number,
	modules: readonly LinearModule[],
): { readonly a: string; readonly b: string } {
	const name = `${layer}.${groupName(modules)}`;
	return { a: `a.${name}`, b: `b.${name}` };
}

/**
 * In how many pieces the columns of A go. onnxruntime cuts up a long thin product, if threads are left, and sums in another order then:
 * so there are as many products as threads, and short ones.
 */
export function adapterPieces(columns: number, threads: number): number {
	for (let pieces = 1; pieces < columns; pieces++)
		if (columns % pieces === 0 && pieces >= threads && columns / pieces <= longestSum) return pieces;
	return columns;
}

/** Numbers that onnxruntime adds up in one go, whatever the shape of the product. */
const longestSum = 128;

/** Ranks of one group together: how many is known at run time, and differs from group to group. */
function ranksOf(layer: number, group: number): number {
	return -1_000_000_000 - layer * sameInput.length - group;
}

function parametersOf(options: DecodeGraphOptions): Parameters {
	const { config } = options;
	const shapes = parameterShapes(config);
	const made = new Map<string, readonly Tensor[]>();
	const parameter = (name: string) => weight(name, "float32", defined(shapes.get(name), `shape of ${name}`));
	return {
		config,
		dtype: "float32",
		parameter,
		linear(x, fullName) {
			const { layer, module } = parseModule(fullName);
			const index = sameInput.findIndex((group) => group.includes(module));
			const group = defined(sameInput[index], `group of ${module}`);
			const key = `${layer} ${index}`;
			const parts = made.get(key) ?? groupProduct(options, parameter, x, layer, index);
			made.set(key, parts);
			return defined(parts[group.indexOf(module)], fullName);
		},
	};
}

/** The products of all modules that read `x`, which they all do in the same layer. */
function groupProduct(
	{ config, format, adapters, threads }: DecodeGraphOptions,
	parameter: (name: string) => Tensor,
	x: Tensor,
	layer: number,
	index: number,
): readonly Tensor[] {
	const group = defined(sameInput[index], "group");
	const [out, columns] = groupShape(config, group);
	const sizes = group.map((module) => linearShape(config, module)[0]);
	const names = adapterInputs(layer, group);
	const ranks = ranksOf(layer, index);
	const b = input(names.b, "float32", [ranks, out]);
	/** `x` through A: [T, ranks]. */
	const low = () => {
		const pieces = adapterPieces(columns, threads);
		const width = columns / pieces;
		const a = input(names.a, "float32", [pieces, ranks, width]);
		return reduceSum(pieceProducts(reshape(x, [x.shape[0] as number, pieces, width]), a), [0], false);
	};
	const prefix = `model.layers.${layer}.`;
	if (format !== "float32") {
		const base = quantised(x, `${prefix}${groupName(group)}`, out, bitsOf(format));
		const biased = group.some((module) => hasBias(config, module))
			? add(base, weight(`${prefix}${groupName(group)}.bias`, "float32", [out]))
			: base;
		return split(adapters ? gemm(low(), b, {}, biased) : biased, sizes, 1);
	}
	const base = group.map((module) => {
		const name = `${prefix}${module}`;
		const bias = hasBias(config, module) ? parameter(`${name}.bias`) : undefined;
		return gemm(x, parameter(`${name}.weight`), { transB: true }, bias);
	});
	if (!adapters) return base;
	const changes = split(gemm(low(), b), sizes, 1);
	return base.map((part, i) => add(part, defined(changes[i], "change")));
}

function headProduct({ config, format }: DecodeGraphOptions, { parameter }: Parameters, x: Tensor): Tensor {
	if (format !== "float32") return quantised(x, "head", config.vocabularySize, bitsOf(format));
	const name = config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
	return gemm(x, parameter(name), { transB: true });
}

function quantised(x: Tensor, name: string, out: number, bits: Bits): Tensor {
	const shape = blocksShape(out, x.shape[1] as number, bits);
	const blocks = weight(`${name}.blocks`, "uint8", shape);
	return quantisedProduct(x, blocks, weight(`${name}.scales`, "float32", [shape[0] * shape[1]]), bits);
}
