/** How ggml stores numbers: plain, or in blocks of 32 of a row that share a scale in F16 (ggml-quants.c's reference rounding). */
import { invariant } from "#base/assert";
import { narrowF16, widenF16 } from "../halfFloats.ts";

export type BlockType = "F32" | "F16" | "Q8_0" | "Q4_0";

/** `id` is ggml's number of the type; `bytes` are those of `size` numbers. */
export const blockTypes: Readonly<
	Record<BlockType, { readonly id: number; readonly size: number; readonly bytes: number }>
> = {
	F32: { id: 0, size: 1, bytes: 4 },
	F16: { id: 1, size: 1, bytes: 2 },
	Q4_0: { id: 2, size: 32, bytes: 18 },
	Q8_0: { id: 8, size: 32, bytes: 34 },
};

export function tensorBytes(shape: readonly number[], type: BlockType): number {
	const { size, bytes } = blockTypes[type];
	return (shape.reduce((a, b) => a * b, 1) / size) * bytes;
}

/** The bytes of `values`, whole rows of a length that is a multiple of the type's block. */
export function encodeBlocks(values: Float32Array, type: BlockType): Uint8Array {
	switch (type) {
		case "F32":
			return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
		case "F16":
			return new Uint8Array(narrowF16(values).buffer);
		case "Q8_0":
		case "Q4_0":
			return quantised(values, type);
	}
}

function quantised(values: Float32Array, type: "Q8_0" | "Q4_0"): Uint8Array {
	const { size, bytes } = blockTypes[type];
	invariant(values.length % size === 0, `${values.length} numbers are no whole blocks of ${size}`);
	const count = values.length / size;
	const target = new Uint8Array(count * bytes);
	const scales = new Float32Array(count);
	const encode = type === "Q8_0" ? encode8 : encode4;
	for (let i = 0; i < count; i++) {
		const block = values.subarray(i * size, (i + 1) * size);
		scales[i] = encode(block, target.subarray(i * bytes + 2, (i + 1) * bytes));
	}
	const halves = new Uint8Array(narrowF16(scales).buffer);
	for (let i = 0; i < count; i++) target.set(halves.subarray(2 * i, 2 * i + 2), i * bytes);
	return target;
}

function encode8(block: Float32Array, codes: Uint8Array): number {
	let most = 0;
	for (const value of block) most = Math.max(most, Math.abs(value));
	const scale = Math.fround(most / 127);
	const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
	for (let i = 0; i < block.length; i++) codes[i] = roundAway(Math.fround((block[i] as number) * inverse));
	return scale;
}

/** Half away from zero, as C's `roundf`; the byte is its two's complement. */
function roundAway(value: number): number {
	return value < 0 ? -Math.round(-value) : Math.round(value);
}

/** The entry of the largest size becomes -8. Number i shares its byte with number i + 16. */
function encode4(block: Float32Array, codes: Uint8Array): number {
	let most = 0;
	for (const value of block) if (Math.abs(value) > Math.abs(most)) most = value;
	const scale = Math.fround(most / -8);
	const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
	const code = (i: number) => Math.min(15, Math.trunc(Math.fround((block[i] as number) * inverse + 8.5)));
	for (let i = 0; i < codes.length; i++) codes[i] = code(i) | (code(i + codes.length) << 4);
	return scale;
}

/** The numbers that the blocks stand for. */
export function decodeBlocks(bytes: Uint8Array, type: "Q8_0" | "Q4_0"): Float32Array {
	const { size, bytes: step } = blockTypes[type];
	const values = new Float32Array((bytes.length / step) * size);
	const scale = new Float32Array(1);
	for (let block = 0; block * step < bytes.length; block++) {
		const part = bytes.subarray(block * step, (block + 1) * step);
		widenF16(Uint16Array.of((part[0] as number) | ((part[1] as number) << 8)), scale);
		for (let i = 0; i < size; i++) {
			const byte = part[2 + (type === "Q8_0" ? i : i % 16)] as number;
			const code = type === "Q8_0" ? (byte << 24) >> 24 : ((i < 16 ? byte : byte >> 4) & 15) - 8;
			values[block * size + i] = code * (scale[0] as number);
		}
	}
	return values;
}
