/** Rows of the embedding, read from its file: inside a graph all of it would be in memory soon, for a few rows at a time. */
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { invariant } from "#base/assert";
import type { WeightSource } from "../graphSession.ts";

export class Embedding {
	readonly #file: number;
	readonly #offset: number;
	readonly #width: number;

	/** The tensor `name` [rows, width] of float32 numbers. */
	constructor(weights: WeightSource, name: string, width: number) {
		const { folder, file, offset } = weights.locate(name);
		this.#file = openSync(join(folder, file), "r");
		this.#offset = offset;
		this.#width = width;
	}

	/** Into the beginning of `rows`, which is returned: [ids, width]. */
	read(ids: readonly number[], rows: Float32Array): Float32Array {
		const size = 4 * this.#width;
		const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
		ids.forEach((id, row) => {
			const read = readSync(this.#file, bytes, row * size, size, this.#offset + id * size);
			invariant(read === size, `row ${id} of the embedding ends early`);
		});
		return rows.subarray(0, ids.length * this.#width);
	}

	close(): void {
		closeSync(this.#file);
	}
}
