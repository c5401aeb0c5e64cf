/** What a process does to find out whether an execution provider works here. It may crash: see devices.ts. */

import { messageOf } from "#base/errors";
import { seededRandom } from "#base/random";
import { assemble } from "#graph/assemble";
import { encodeOnnx } from "#graph/onnx";
import { matmul } from "#graph/ops/linear";
import { softmax } from "#graph/ops/softmax";
import { input, type Tensor, weight } from "#graph/tensor";
import type { Ort, OrtSessionOptions } from "./ort.ts";

/** `gflops`: of float32 products with a 512 x 512 matrix, multiply-adds counted twice, start and end of the run included. */
export type ProbeResult =
	| { readonly ok: true; readonly gflops: number }
	| { readonly ok: false; readonly reason: string };

interface Size {
	readonly rows: number;
	readonly products: number;
}

const width = 512;
/** For comparing numbers; takes a second on a GPU that software imitates. */
const small: Size = { rows: 64, products: 2 };
/** For timing, where `small` is over too soon to tell. */
const large: Size = { rows: 512, products: 4 };
const tooSoonSeconds = 0.02;
const tolerance = 1e-4;

/** Runs a small graph on `provider` alone and on the CPU, and compares. */
export async function probeProvider(ort: Ort, provider: string): Promise<ProbeResult> {
	try {
		const got = await measure(ort, small, onlyOn(provider));
		const expected = await measure(ort, small, onlyOn("cpu"));
		const difference = got.values.reduce(
			(most, value, i) => Math.max(most, Math.abs(value - (expected.values[i] ?? 0))),
			0,
		);
		// Written so that NaN fails.
		if (!(difference <= tolerance)) {
			return { ok: false, reason: `its results differ from the CPU's by ${difference.toExponential(1)}` };
		}
		const seconds = got.seconds < tooSoonSeconds ? (await measure(ort, large, onlyOn(provider))).seconds : got.seconds;
		const { rows, products } = got.seconds < tooSoonSeconds ? large : small;
		return { ok: true, gflops: (2 * rows * width * width * products) / seconds / 1e9 };
	} catch (error) {
		return { ok: false, reason: messageOf(error) };
	}
}

/** Without a fall back to the CPU: a provider that takes no node of the graph is no use. */
function onlyOn(provider: string): OrtSessionOptions {
	if (provider === "cpu") return { executionProviders: ["cpu"] };
	return { executionProviders: [provider], extra: { session: { disable_cpu_ep_fallback: "1" } } };
}

/** softmax(x w w ... w) of the second run; the first one builds kernels. */
async function measure(ort: Ort, { rows, products }: Size, options: OrtSessionOptions) {
	const session = await ort.createSession(probeModel({ rows, products }), options);
	const x = new ort.Tensor("float32", normals(rows * width, 1), [rows, width]);
	await session.run({ x });
	const started = performance.now();
	const { y } = await session.run({ x });
	const seconds = (performance.now() - started) / 1000;
	await session.release();
	return { values: y?.data as Float32Array, seconds };
}

function probeModel({ rows, products }: Size): Uint8Array {
	const w = weight("w", "float32", [width, width]);
	let h: Tensor = input("x", "float32", [rows, width]);
	for (let i = 0; i < products; i++) h = matmul(h, w);
	const graph = assemble({ y: softmax(h) }, { provider: "webgpu", dtype: "float32" });
	return encodeOnnx(graph, () => ({ kind: "values", values: normals(width * width, 1 / Math.sqrt(width)) }));
}

function normals(count: number, scale: number): Float32Array {
	const random = seededRandom(1);
	return Float32Array.from({ length: count }, () => random.normal() * scale);
}
