/** Rounding of weights to 4 or 8 bits, in blocks along a row that share a scale: the layout of `quantisedProduct`. */
import { type Bits, blockBytes, blockSize } from "#graph/ops/quantised";

export interface Quantised {
	/** [rows, ceil(columns / 128), bytes of a block]. */
	readonly blocks: Uint8Array;
	/** [rows * ceil(columns / 128)]. */
	readonly scales: Float32Array;
}

/** `values` [rows, columns]; a short last block is filled with zeros. */
export function quantiseRows(values: Float32Array, columns: number, bits: Bits): Quantised {
	const rows = values.length / columns;
	const perRow = Math.ceil(columns / blockSize);
	const blocks = new Uint8Array(rows * perRow * blockBytes(bits));
	const scales = new Float32Array(rows * perRow);
	const block = new Float32Array(blockSize);
	const codes = new Uint8Array(blockSize);
	const round = bits === 8 ? round8 : round4;
	for (let index = 0; index < scales.length; index++) {
		const first = Math.floor(index / perRow) * columns + (index % perRow) * blockSize;
		const end = Math.min(first + blockSize, (Math.floor(index / perRow) + 1) * columns);
		block.fill(0);
		block.set(values.subarray(first, end));
		scales[index] = round(block, codes);
		if (bits === 8) blocks.set(codes, index * blockSize);
		else
			for (let i = 0; i < blockSize / 2; i++)
				blocks[index * (blockSize / 2) + i] = (codes[2 * i] as number) | ((codes[2 * i + 1] as number) << 4);
	}
	return { blocks, scales };
}

function round8(block: Float32Array, codes: Uint8Array): number {
	const scale = Math.fround(Math.abs(largest(block)) / 127);
	for (let i = 0; i < blockSize; i++)
		codes[i] = scale === 0 ? 128 : 128 + Math.max(-128, Math.min(127, Math.round((block[i] as number) / scale)));
	return scale;
}

/** Where the largest weight of a block may go: to the end of the longer side, or short of it, which spares the others. */
const reaches = [-8, -7.5, -7, 7.25];

/** Of several scales the one with the least squared error, after the scale is fitted to the codes it gave (least squares). */
function round4(block: Float32Array, codes: Uint8Array): number {
	const most = largest(block);
	codes.fill(8);
	if (most === 0) return 0;
	let best = 0;
	let bestGain = -1;
	for (const reach of reaches) {
		const inverse = reach / most;
		let product = 0;
		let square = 0;
		for (let i = 0; i < blockSize; i++) {
			const code = Math.max(-8, Math.min(7, Math.round((block[i] as number) * inverse)));
			product += (block[i] as number) * code;
			square += code * code;
		}
		// The fitted scale is product / square, and leaves sum(w^2) - product^2 / square.
		const gain = (product * product) / square;
		if (gain <= bestGain) continue;
		bestGain = gain;
		best = reach;
	}
	let product = 0;
	let square = 0;
	for (let i = 0; i < blockSize; i++) {
		const code = Math.max(-8, Math.min(7, Math.round(((block[i] as number) * best) / most)));
		codes[i] = code + 8;
		product += (block[i] as number) * code;
		square += code * code;
	}
	return product / square;
}

/** The entry of the largest size, with its sign. */
function largest(block: Float32Array): number {
	let most = 0;
	for (let i = 0; i < blockSize; i++) if (Math.abs(block[i] as number) > Math.abs(most)) most = block[i] as number;
	return most;
}
