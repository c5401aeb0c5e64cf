/** Matrix products. Transposes are flags, so that no transposed copy is ever made of a weight. */
import { at, defineOp, only } from "../op.ts";
import { broadcastShape, ShapeError } from "../shape.ts";
import { sameShape, type Tensor, type TensorType } from "../tensor.ts";
import { like, mul } from "./elementwise.ts";
import { reshape, transpose } from "./layout.ts";
import { sumTo } from "./reduce.ts";

export interface ProductFlags {
	readonly transA?: boolean;
	readonly transB?: boolean;
	/** Scales the product (not what is added to it). */
	readonly alpha?: number;
}

interface Flags {
	readonly transA: boolean;
	readonly transB: boolean;
	readonly alpha: number;
}

/** alpha * op(a) @ op(b) + c for matrices; `c` broadcasts to the product. */
export function gemm(a: Tensor, b: Tensor, flags: ProductFlags = {}, c?: Tensor): Tensor {
	return only(applyGemm(c === undefined ? [a, b] : [a, b, c], complete(flags)));
}

const applyGemm = defineOp<Flags>({
	name: "Gemm",
	infer: (inputs, flags) => {
		const [a, b, c] = [at(inputs, 0), at(inputs, 1), inputs[2]];
		const type = productType("Gemm", inputs, flags);
		const fits = c === undefined || sameShape(broadcastShape(c.shape, type.shape) ?? [], type.shape);
		if (a.shape.length !== 2 || b.shape.length !== 2 || !fits)
			throw new ShapeError("Gemm", inputs, "wants two matrices and an addend that broadcasts to their product");
		return [type];
	},
	gradient: ({ inputs, attributes, cotangent }) => {
		const [a, b, c] = [at(inputs, 0), at(inputs, 1), inputs[2]];
		const product = productGradients(gemm, a, b, attributes, cotangent);
		return c === undefined ? product : [...product, () => sumTo(cotangent, c.shape)];
	},
	onnx: (_inputs, flags) => ({
		type: "Gemm",
		attributes: {
			transA: { int: Number(flags.transA) },
			transB: { int: Number(flags.transB) },
			alpha: { float: flags.alpha },
		},
	}),
});

/** c + a @ b, for a thin product: where `c` is not needed again, it is added to in place. */
export function addProduct(c: Tensor, a: Tensor, b: Tensor): Tensor {
	const [rows, inner, columns] = [a.shape[0] as number, a.shape[1] as number, b.shape[1] as number];
	const sum = applyAddProduct(
		[reshape(c, [1, rows, columns]), reshape(a, [rows, inner, 1]), reshape(b, [1, inner, columns])],
		{},
	);
	return reshape(only(sum), [rows, columns]);
}

/**
 * A convolution of width 1 whose filters are the rows of `a` and whose channels are the rows of `b`: onnxruntime adds its
 * products to `c` where `c` lies, where a Gemm first copies its addend, on one thread.
 */
const applyAddProduct = defineOp<object>({
	name: "AddProduct",
	infer: (inputs) => {
		const [c, a, b] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
		const [rows = 0, inner = 0] = a.shape;
		const columns = b.shape[2] ?? 0;
		const fits = [
			[c, [1, rows, columns]],
			[a, [rows, inner, 1]],
			[b, [1, inner, columns]],
		] as const;
		if (!fits.every(([tensor, shape]) => sameShape(tensor.shape, shape) && tensor.dtype === c.dtype))
			throw new ShapeError("AddProduct", inputs, "wants [1, T, n], [T, k, 1] and [1, k, n]");
		return [{ dtype: c.dtype, shape: c.shape }];
	},
	gradient: ({ inputs, cotangent }) => {
		const [a, b] = [at(inputs, 1), at(inputs, 2)];
		const [left, right, g] = [matrix(a, 0, 1), matrix(b, 1, 2), matrix(cotangent, 1, 2)];
		return [
			() => cotangent,
			() => reshape(gemm(g, right, { transB: true }), a.shape),
			() => reshape(gemm(left, g, { transA: true }), b.shape),
		];
	},
	onnx: ([c, a, b]) => ({ type: "FusedConv", domain: "com.microsoft", inputs: [b, a, undefined, c] }),
	expand: (inputs) => {
		const [c, a, b] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
		return [reshape(gemm(matrix(a, 0, 1), matrix(b, 1, 2), {}, matrix(c, 1, 2)), c.shape)];
	},
	fusedOn: ["cpu"],
});

function matrix(x: Tensor, row: number, column: number): Tensor {
	return reshape(x, [x.shape[row] as number, x.shape[column] as number]);
}

/** alpha * op(a) @ op(b) over leading axes, which broadcast; `op` swaps the last two. */
export function matmul(a: Tensor, b: Tensor, flags: ProductFlags = {}): Tensor {
	return only(applyMatmul([a, b], complete(flags)));
}

const applyMatmul = defineOp<Flags>({
	name: "MatMul",
	infer: (inputs, flags) => {
		const [a, b] = [at(inputs, 0), at(inputs, 1)];
		const leading = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
		if (a.shape.length < 2 || a.shape.length !== b.shape.length || leading === undefined)
			throw new ShapeError("MatMul", inputs, "have leading axes that do not broadcast");
		return [productType("MatMul", inputs, flags)];
	},
	gradient: ({ inputs, attributes, cotangent }) =>
		productGradients(matmul, at(inputs, 0), at(inputs, 1), attributes, cotangent),
	onnx: (_inputs, flags) => ({
		type: "FusedMatMul",
		domain: "com.microsoft",
		attributes: {
			transA: { int: Number(flags.transA) },
			transB: { int: Number(flags.transB) },
			alpha: { float: flags.alpha },
		},
	}),
	expand: (inputs, flags) => {
		const a = flags.transA ? swapLast(at(inputs, 0)) : at(inputs, 0);
		const b = flags.transB ? swapLast(at(inputs, 1)) : at(inputs, 1);
		const product = only(applyPlainMatmul([a, b], {}));
		return [flags.alpha === 1 ? product : mul(product, like(flags.alpha, product))];
	},
	fusedOn: ["cpu"],
});

/**
 * Each piece of the rows `x` [T, pieces, k] by a matrix of its own, `b` [pieces, n, k] -> [pieces, T, n]. onnxruntime finds the pieces where
 * they lie in `x`, where a product of transposed rows would copy them first.
 */
export function pieceProducts(x: Tensor, b: Tensor): Tensor {
	return only(applyPieceProducts([x, b], {}));
}

const applyPieceProducts = defineOp<object>({
	name: "PieceProducts",
	infer: (inputs) => {
		const [x, b] = [at(inputs, 0), at(inputs, 1)];
		const [rows, pieces, inner] = x.shape;
		const columns = b.shape[1];
		if (rows === undefined || columns === undefined || !sameShape(b.shape, [pieces ?? 0, columns, inner ?? 0]))
			throw new ShapeError("PieceProducts", inputs, "wants [T, pieces, k] and [pieces, n, k]");
		return [{ dtype: x.dtype, shape: [pieces ?? 0, rows, columns] }];
	},
	gradient: ({ inputs, cotangent }) => {
		const [x, b] = [at(inputs, 0), at(inputs, 1)];
		return [() => byPiece(matmul(cotangent, b)), () => matmul(cotangent, byPiece(x), { transA: true })];
	},
	onnx: () => ({
		type: "FusedMatMul",
		domain: "com.microsoft",
		attributes: { transBatchA: { int: 1 }, transB: { int: 1 } },
	}),
	expand: (inputs) => [matmul(byPiece(at(inputs, 0)), at(inputs, 1), { transB: true })],
	fusedOn: ["cpu"],
});

/** [T, pieces, k] as [pieces, T, k], or back. */
function byPiece(x: Tensor): Tensor {
	return transpose(x, [1, 0, 2]);
}

const plain: Flags = { transA: false, transB: false, alpha: 1 };

const applyPlainMatmul = defineOp<object>({
	name: "PlainMatMul",
	infer: (inputs) => [productType("PlainMatMul", inputs, plain)],
	gradient: ({ inputs, cotangent }) => productGradients(matmul, at(inputs, 0), at(inputs, 1), plain, cotangent),
	onnx: () => ({ type: "MatMul" }),
});

function swapLast(x: Tensor): Tensor {
	const rank = x.shape.length;
	return transpose(
		x,
		x.shape.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i)),
	);
}

function productType(op: string, inputs: readonly Tensor[], { transA, transB }: Flags): TensorType {
	const [a, b] = [at(inputs, 0), at(inputs, 1)];
	const rows = a.shape.at(transA ? -1 : -2);
	const inner = a.shape.at(transA ? -2 : -1);
	const columns = b.shape.at(transB ? -2 : -1);
	if (rows === undefined || columns === undefined || inner !== b.shape.at(transB ? -1 : -2) || a.dtype !== b.dtype)
		throw new ShapeError(op, inputs, `do not multiply (transA ${transA}, transB ${transB})`);
	const leading = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2)) ?? [];
	return { dtype: a.dtype, shape: [...leading, rows, columns] };
}

type Product = (a: Tensor, b: Tensor, flags: ProductFlags) => Tensor;

/** With y = alpha op(a) op(b): da = alpha g op(b)^T, db = alpha op(a)^T g, transposed back where the flag says so. */
function productGradients(
	product: Product,
	a: Tensor,
	b: Tensor,
	flags: Flags,
	g: Tensor,
): [() => Tensor, () => Tensor] {
	const { transA, transB, alpha } = flags;
	const da = () =>
		transA ? product(b, g, { transA: transB, transB: true, alpha }) : product(g, b, { transB: !transB, alpha });
	const db = () =>
		transB ? product(g, a, { transA: true, transB: transA, alpha }) : product(a, g, { transA: !transA, alpha });
	return [() => sumTo(da(), a.shape), () => sumTo(db(), b.shape)];
}

function complete(flags: ProductFlags): Flags {
	return { transA: flags.transA ?? false, transB: flags.transB ?? false, alpha: flags.alpha ?? 1 };
}
