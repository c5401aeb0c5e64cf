/** What stands for the machine's peak: the fastest products that onnxruntime computes, among them those of the model itself. */
import { defined } from "#base/assert";
import { gemm } from "#graph/ops/linear";
import { reduceSum } from "#graph/ops/reduce";
import { input } from "#graph/tensor";
import { headChunk } from "#models/graphs";
import { openGraph, type SessionTarget } from "#runtime/graphSession";
import type { BenchShape } from "./model.ts";

/** "rows x in x out": a large square, the feed-forward at the rows of a window and of two, and a part of the head. */
export function productShapes({ config, length }: BenchShape): readonly string[] {
	const { hiddenSize, intermediateSize, vocabularySize } = config;
	return [
		"1024x1024x1024",
		`${length}x${hiddenSize}x${intermediateSize}`,
		`${2 * length}x${hiddenSize}x${intermediateSize}`,
		`${length}x${hiddenSize}x${Math.min(headChunk, vocabularySize)}`,
	];
}

/** A step of products takes about as long, whatever their shape. */
const productWork = 4 * 2 * 1024 ** 3;

/** Floating-point operations of one step of products of a shape "rows x in x out". */
export function productFlop(shape: string): number {
	const [rows, width, out] = sizesOf(shape);
	const pair = 4 * rows * width * out;
	return pair * Math.max(1, Math.round(productWork / pair));
}

/** Chained products with a weight and then its transpose, as forward and the gradient of the input are; a row of sums leaves the graph. */
export async function productStep(
	shape: string,
	target: SessionTarget,
): Promise<{ readonly step: () => Promise<number> }> {
	const [rows, width, out] = sizesOf(shape);
	const weight = input("weight", "float32", [out, width]);
	let x = input("x", "float32", [rows, width]);
	for (let done = 0; done < productFlop(shape); done += 4 * rows * width * out)
		x = gemm(gemm(x, weight, { transB: true }), weight); // [rows, out], then [rows, width]
	const session = await openGraph({ sums: reduceSum(x, [0]) }, target);
	// Of deviation 1 / sqrt(in) and so on, products keep the size of what they multiply.
	const values = (size: number) => Float32Array.from({ length: size }, (_, i) => (((i * 7919) % 1000) - 500) / 16_000);
	const feeds = { x: values(rows * width), weight: values(out * width) };
	const step = async () => Number(defined((await session.run(feeds))["sums"], "sums")[0]);
	await step();
	return { step };
}

function sizesOf(shape: string): [rows: number, width: number, out: number] {
	return shape.split("x").map(Number) as [number, number, number];
}
