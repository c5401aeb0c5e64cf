/** Rotary position embedding (Su et al. 2021) in the half-split layout of Hugging Face. */
import { type ApplyOp, at, defineOp, only } from "../op.ts";
import { ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul, neg, sub } from "./elementwise.ts";
import { concat, reshape, split } from "./layout.ts";
import { gatherRows } from "./lookup.ts";

/** Angles of every position: cos and sin, each [positions, headSize / 2]. */
export interface RotaryTable {
	readonly cos: Tensor;
	readonly sin: Tensor;
}

/** Rotates each head of `x` [T, heads * headSize] by the angles of its row's position; `positions` [T] int64. */
export function rotary(x: Tensor, positions: Tensor, table: RotaryTable): Tensor {
	const batched = reshape(x, [1, ...x.shape]);
	const ids = reshape(positions, [1, ...positions.shape]);
	return reshape(only(applyRotary([batched, ids, table.cos, table.sin], {})), x.shape);
}

const applyRotary: ApplyOp<object> = defineOp<object>({
	name: "Rotary",
	infer: (inputs) => {
		const [x, ids, cos, sin] = [at(inputs, 0), at(inputs, 1), at(inputs, 2), at(inputs, 3)];
		const width = x.shape[2] ?? 0;
		const half = cos.shape[1] ?? 0;
		if (x.shape[0] !== 1 || ids.shape[1] !== x.shape[1] || width % (2 * half) !== 0 || sin.shape[1] !== half)
			throw new ShapeError("Rotary", inputs, "wants [1, T, heads * headSize], [1, T] and two [P, headSize / 2]");
		return [{ dtype: x.dtype, shape: x.shape }];
	},
	// The inverse of a rotation is the rotation by the opposite angle.
	gradient: ({ inputs, cotangent }) => [
		() => only(applyRotary([cotangent, at(inputs, 1), at(inputs, 2), neg(at(inputs, 3))], {})),
		"constant",
		"constant",
		"constant",
	],
	onnx: (inputs) => ({
		type: "RotaryEmbedding",
		domain: "com.microsoft",
		attributes: {
			interleaved: { int: 0 },
			num_heads: { int: (at(inputs, 0).shape[2] as number) / (2 * (at(inputs, 2).shape[1] as number)) },
		},
	}),
	expand: (inputs) => {
		const [x, ids] = [at(inputs, 0), at(inputs, 1)];
		const [length, width] = [x.shape[1] as number, x.shape[2] as number];
		const half = at(inputs, 2).shape[1] as number;
		const rows = reshape(ids, [length]);
		const cos = reshape(gatherRows(at(inputs, 2), rows), [length, 1, half]);
		const sin = reshape(gatherRows(at(inputs, 3), rows), [length, 1, half]);
		const [a, b] = split(reshape(x, [length, width / (2 * half), 2 * half]), [half, half], -1) as [Tensor, Tensor];
		const turned = concat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1);
		return [reshape(turned, x.shape)];
	},
	fusedOn: ["cpu"],
});
