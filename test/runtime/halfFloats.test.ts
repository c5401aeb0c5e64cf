import { deepEqual, equal } from "node:assert/strict";
import { createHash } from "node:crypto";
import { firstNotFinite, narrowF16, widenBf16, widenF16 } from "#runtime/halfFloats";

/** Sums from tools/golden/halfFloats.py (NumPy, PyTorch). */
const golden = {
	f16ToF32: "cb34a8c3b8855f6ca5a3c91b264f3bf21176b2e1d85203a881efb0cabe2d5c80",
	bf16ToF32: "bf7148a7bfda758982a6218f7c74077a198605183d5a21d61fe14cdea1b07378",
	f32ToF16: "e2d889fe65d548bd7eaae58a41b7d2d2c8f5bd546df40f0ea9ad8b5aaf8f3619",
};

const every = Uint16Array.from({ length: 65_536 }, (_, i) => i);

describe("runtime/halfFloats", () => {
	it("widens every finite half as NumPy does", () => {
		equal(sum(widened(widenF16, 0x7c00)), golden.f16ToF32);
	});

	it("widens every finite bfloat16 as PyTorch does", () => {
		equal(sum(widened(widenBf16, 0x7f80)), golden.bf16ToF32);
	});

	it("narrows as NumPy does: subnormals, ties, overflow", () => {
		const near = new Uint32Array(widened(widenF16, 0x7c00).buffer);
		const bits = [
			...Array.from({ length: 2 ** 17 }, (_, i) => (i * 40_503) % 2 ** 32),
			...[0, 1, 0x0fff, 0x1000, 0x1001].flatMap((d) => [...near].map((value) => (value + d) >>> 0)),
		].filter((value) => (value & 0x7f800000) !== 0x7f800000);
		equal(bits.length, 448_098);
		equal(sum(narrowF16(new Float32Array(Uint32Array.from(bits).buffer))), golden.f32ToF16);
	});

	it("keeps infinities and NaN through both", () => {
		const back = new Float32Array(3);
		widenF16(narrowF16(Float32Array.of(Infinity, -Infinity, Number.NaN)), back);
		deepEqual([...back], [Infinity, -Infinity, Number.NaN]);
	});

	it("finds the first number that is not finite", () => {
		equal(firstNotFinite(Float32Array.of(0, 3e38, -1e-45)), -1);
		equal(firstNotFinite(Float32Array.of(0, -Infinity, Number.NaN)), 1);
		equal(firstNotFinite(Float32Array.of(Number.NaN)), 0);
	});
});

/** Every 16-bit pattern but those with all bits of `exponent` set, widened. */
function widened(widen: (source: Uint16Array, target: Float32Array) => void, exponent: number): Float32Array {
	const finite = every.filter((bits) => (bits & exponent) !== exponent);
	const target = new Float32Array(finite.length);
	widen(finite, target);
	return target;
}

function sum(values: Float32Array | Uint16Array): string {
	return createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex");
}
