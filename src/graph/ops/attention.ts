/**
 * Causal grouped-query attention (Ainslie et al. 2023) as one op. Queries go in blocks, each with the keys up to its end
 * only, which leaves out most of what the causal mask hides anyway; the queries of one key head are stacked into one
 * matrix, so keys and values are never repeated.
 */
import { at, defineOp, only } from "../op.ts";
import { ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul, sub } from "./elementwise.ts";
import { concat, pad, reshape, slice, transpose } from "./layout.ts";
import { matmul } from "./linear.ts";
import { reduceSum } from "./reduce.ts";
import { softmax } from "./softmax.ts";

export interface Heads {
	readonly heads: number;
	readonly kvHeads: number;
	readonly headDim: number;
}

/**
 * Queries [T, heads * headDim], keys and values [T, kvHeads * headDim], mask [T, T], added to the scores, which must
 * hide every later row -> [T, heads * headDim].
 */
export function attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, heads: Heads): Tensor {
	const { heads: count, kvHeads, headDim } = heads;
	return only(applyAttention([query, key, value, mask], { heads: count, kvHeads, headDim }));
}

const applyAttention = defineOp<Heads>({
	name: "Attention",
	infer: (inputs, { heads, kvHeads, headDim }) => {
		const [query, key, value, mask] = inputs as [Tensor, Tensor, Tensor, Tensor];
		const length = query.shape[0];
		const widths = [query, key, value].map(({ shape }) => shape[1]);
		const wanted = [heads * headDim, kvHeads * headDim, kvHeads * headDim];
		if (widths.some((width, i) => width !== wanted[i]) || mask.shape.some((rows) => rows !== length))
			throw new ShapeError("Attention", inputs, "wants [T, heads], two of [T, kvHeads] and [T, T]");
		return [{ dtype: query.dtype, shape: query.shape }];
	},
	expand: (inputs, heads) => {
		const { blocks } = attend(inputs, heads);
		const mixed = blocks.map(({ mixed: part }) => part);
		return [joinHeads(concat(mixed, 2), heads)];
	},
	/** With O = P V: dP = dO V^T, dS = P (dP - rowsum(dO O)), which is the softmax's rule without a pass over P dP. */
	gradient: ({ inputs, attributes: heads, cotangent }) => {
		const { blocks, scale } = attend(inputs, heads);
		const g = splitQueries(cotangent, heads); // [kv, group, T, hd]
		const length = cotangent.shape[0] as number;
		const parts = blocks.map((block) => {
			const dMixed = slice(g, 2, block.first, block.end);
			const along = reduceSum(mul(dMixed, block.mixed), [-1]);
			const dScores = mul(block.weights, sub(matmul(dMixed, block.values, { transB: true }), along));
			return { ...block, dMixed, dScores };
		});
		// Of the queries that share a key head, one product sums what they send to it: [kv, hd, keys], because the smaller matrix is turned faster.
		const sent = (weights: Tensor, rows: Tensor, alpha: number) =>
			matmul(stack(rows), stack(weights), { transA: true, alpha });
		const joinKeys = (tensors: readonly Tensor[]) => {
			const padded = tensors.map((tensor) => pad(tensor, 2, 0, length - (tensor.shape[2] as number)));
			return reshape(transpose(padded.reduce(add), [2, 0, 1]), [length, heads.kvHeads * heads.headDim]);
		};
		const dQuery = () => {
			const rows = parts.map(({ dScores, keys }) => matmul(dScores, keys, { alpha: scale }));
			return joinHeads(concat(rows, 2), heads);
		};
		return [
			dQuery,
			() => joinKeys(parts.map(({ dScores, queries }) => sent(dScores, queries, scale))),
			() => joinKeys(parts.map(({ weights, dMixed }) => sent(weights, dMixed, 1))),
			"constant",
		];
	},
});

interface Block {
	/** Rows of the queries: [first, end). */
	readonly first: number;
	readonly end: number;
	/** [kv, group, rows, hd]. */
	readonly queries: Tensor;
	/** [kv, 1, end, hd] each. */
	readonly keys: Tensor;
	readonly values: Tensor;
	/** [kv, group, rows, end]. */
	readonly weights: Tensor;
	/** [kv, group, rows, hd]. */
	readonly mixed: Tensor;
}

function attend(
	inputs: readonly Tensor[],
	heads: Heads,
): { readonly blocks: readonly Block[]; readonly scale: number } {
	const { kvHeads, headDim } = heads;
	const mask = at(inputs, 3);
	const length = mask.shape[0] as number;
	const scale = 1 / Math.sqrt(headDim);
	const ofKeys = { heads: kvHeads, kvHeads, headDim };
	const query = splitQueries(at(inputs, 0), heads);
	const [key, value] = [splitQueries(at(inputs, 1), ofKeys), splitQueries(at(inputs, 2), ofKeys)];
	const blocks = blockBounds(length).map(([first, end]): Block => {
		const queries = slice(query, 2, first, end);
		const [keys, values] = [slice(key, 2, 0, end), slice(value, 2, 0, end)];
		const scores = matmul(queries, keys, { transB: true, alpha: scale });
		const visible = slice(slice(mask, 0, first, end), 1, 0, end); // [rows, end]
		const weights = softmax(add(scores, visible));
		return { first, end, queries, keys, values, weights, mixed: matmul(weights, values) };
	});
	return { blocks, scale };
}

/** Two blocks, or four of many rows; smaller ones would leave out little more and cost a kernel each. */
function blockBounds(length: number): readonly (readonly [number, number])[] {
	const count = Math.min(length < 512 ? 2 : 4, Math.max(1, Math.floor(length / 16)));
	const bound = (i: number) => Math.round((i * length) / count);
	return Array.from({ length: count }, (_, i) => [bound(i), bound(i + 1)] as const);
}

/** [T, heads * hd] -> [kv, group, T, hd]. */
function splitQueries(x: Tensor, { heads, kvHeads, headDim }: Heads): Tensor {
	const length = x.shape[0] as number;
	return transpose(reshape(x, [length, kvHeads, heads / kvHeads, headDim]), [1, 2, 0, 3]);
}

/** [kv, group, T, hd] -> [T, heads * hd]. */
function joinHeads(x: Tensor, { heads, headDim }: Heads): Tensor {
	return reshape(transpose(x, [2, 0, 1, 3]), [x.shape[2] as number, heads * headDim]);
}

/** [kv, group, rows, n] -> [kv, group * rows, n]. */
function stack(x: Tensor): Tensor {
	const [kvHeads, group, rows, width] = x.shape as [number, number, number, number];
	return reshape(x, [kvHeads, group * rows, width]);
}
