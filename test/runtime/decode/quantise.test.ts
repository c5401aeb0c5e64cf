import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { type Bits, blockSize } from "#graph/ops/quantised";
import { quantiseRows } from "#runtime/decode/quantise";

/** The weights that the codes stand for, with the filling of short blocks. */
function widened(values: Float32Array, columns: number, bits: Bits): number[] {
	const { blocks, scales } = quantiseRows(values, columns, bits);
	return Array.from({ length: scales.length * blockSize }, (_, i) => {
		const byte = blocks[bits === 8 ? i : i >> 1] as number;
		const code = bits === 8 ? byte - 128 : (i % 2 === 0 ? byte & 15 : byte >> 4) - 8;
		return code * (scales[Math.floor(i / blockSize)] as number);
	});
}

describe("runtime/decode/quantise", () => {
	it("gives back what codes can say", () => {
		const ramp = Float32Array.from({ length: blockSize }, (_, i) => (i % 16) - 8);
		deepEqual(widened(ramp, blockSize, 4), [...ramp]);
		const halves = Float32Array.from({ length: blockSize }, (_, i) => (i === 5 ? -63.5 : i / 2));
		deepEqual(widened(halves, blockSize, 8), [...halves]);
		deepEqual(new Set(widened(new Float32Array(2 * blockSize), blockSize, 4)), new Set([0]));
	});

	it("begins a block at every row and fills the last with zeros", () => {
		const columns = blockSize + 8;
		const values = Float32Array.from({ length: 2 * columns }, (_, i) => (i < columns ? 1 : -2));
		const padded = (value: number) => [...Array(columns).fill(value), ...Array(blockSize - 8).fill(0)];
		for (const bits of [4, 8] as const) {
			const wide = widened(values, columns, bits).map((value) => Math.round(value * 1e4) / 1e4 + 0);
			equal(wide.length, 4 * blockSize);
			deepEqual(wide, [...padded(1), ...padded(-2)]);
		}
	});

	it("errs by no more than half a step of 8 bits, and in 4 bits no more than one scale for all would", () => {
		const weight = fc.float({ min: -4, max: 4, noNaN: true });
		const block = fc.array(weight, { minLength: blockSize, maxLength: blockSize });
		fc.assert(
			fc.property(block, (list) => {
				const values = Float32Array.from(list);
				const most = Math.max(...values.map(Math.abs));
				const errors = widened(values, blockSize, 8).map((value, i) => Math.abs(value - (values[i] as number)));
				ok(Math.max(...errors) <= (most / 127) * 0.5001 + 1e-12);
				const squares = (of: readonly number[]) =>
					of.reduce((sum, value, i) => sum + (value - (values[i] as number)) ** 2, 0);
				const plain = Array.from(values, (value) => (Math.round((value / most) * 7) * most) / 7);
				if (most > 1e-30) ok(squares(widened(values, blockSize, 4)) <= squares(plain) * 1.0001 + 1e-9);
			}),
		);
	});
});
