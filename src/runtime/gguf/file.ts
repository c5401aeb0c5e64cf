/**
 * Files in GGUF, version 3: a header, metadata, the list of tensors, then their bytes, each tensor at a multiple of 32
 * (ggml's docs/gguf.md). Everything is little-endian.
 */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { invariant } from "#base/assert";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { fillFileAtomic } from "../atomic.ts";
import { type BlockType, blockTypes, encodeBlocks, tensorBytes } from "./blocks.ts";

/** A value of the metadata, by the type that readers ask for. */
export type GgufValue =
	| { readonly uint32: number }
	| { readonly float32: number }
	| { readonly bool: boolean }
	| { readonly text: string }
	| { readonly int32s: readonly number[] }
	| { readonly texts: readonly string[] };

export type Metadata = ReadonlyMap<string, GgufValue>;

export interface GgufTensor {
	readonly name: string;
	/** Row by row, as in a checkpoint: [rows, columns] or [columns]. */
	readonly shape: readonly number[];
	readonly type: BlockType;
	/** All numbers in order, in pieces of whole rows. */
	pieces(): Iterable<Float32Array>;
}

export interface WriteGgufOptions {
	readonly cancel: CancelToken;
	/** Tensors written so far and in all. */
	readonly onProgress?: (done: number, total: number) => void;
}

const alignment = 32;

/**
 * Writes `file`, whole or not at all; gives its size in bytes. Throws AttuneError "storage" or "cancelled", and whatever reading a
 * tensor throws.
 */
export function writeGguf(
	file: string,
	metadata: Metadata,
	tensors: readonly GgufTensor[],
	{ cancel, onProgress }: WriteGgufOptions,
): Promise<number> {
	return fillFileAtomic(dirname(file), async (temporary) => {
		const handle = openSync(temporary, "wx", 0o644);
		try {
			let size = writeAll(handle, headerBytes(metadata, tensors));
			for (const [i, tensor] of tensors.entries()) {
				throwIfCancelled(cancel);
				const start = size;
				for (const piece of tensor.pieces()) size += writeAll(handle, encodeBlocks(piece, tensor.type));
				invariant(
					size - start === tensorBytes(tensor.shape, tensor.type),
					`${tensor.name} has another size than its shape`,
				);
				size += writeAll(handle, new Uint8Array(aligned(size) - size));
				onProgress?.(i + 1, tensors.length);
				await nextTurn();
			}
			fsyncSync(handle);
			return { target: file, result: size };
		} finally {
			closeSync(handle);
		}
	});
}

function writeAll(handle: number, bytes: Uint8Array): number {
	let done = 0;
	while (done < bytes.length) done += writeSync(handle, bytes, done, Math.min(bytes.length - done, 1 << 26));
	return done;
}

function aligned(position: number): number {
	return Math.ceil(position / alignment) * alignment;
}

function headerBytes(metadata: Metadata, tensors: readonly GgufTensor[]): Uint8Array {
	const bytes = new ByteList();
	bytes.put(new TextEncoder().encode("GGUF"));
	bytes.uint32(3);
	bytes.uint64(tensors.length);
	bytes.uint64(metadata.size);
	for (const [key, value] of metadata) {
		bytes.text(key);
		putValue(bytes, value);
	}
	let offset = 0;
	for (const { name, shape, type } of tensors) {
		bytes.text(name);
		bytes.uint32(shape.length);
		// ggml counts from the dimension whose numbers are neighbours.
		for (const dimension of shape.toReversed()) bytes.uint64(dimension);
		bytes.uint32(blockTypes[type].id);
		bytes.uint64(offset);
		offset = aligned(offset + tensorBytes(shape, type));
	}
	bytes.pad(alignment);
	return bytes.all();
}

/** Numbers of the format's `gguf_metadata_value_type`. */
const types = { uint32: 4, int32: 5, float32: 6, bool: 7, text: 8, list: 9 } as const;

function putValue(bytes: ByteList, value: GgufValue): void {
	if ("uint32" in value) {
		bytes.uint32(types.uint32);
		bytes.uint32(value.uint32);
	} else if ("float32" in value) {
		bytes.uint32(types.float32);
		bytes.put(new Uint8Array(Float32Array.of(value.float32).buffer));
	} else if ("bool" in value) {
		bytes.uint32(types.bool);
		bytes.put(Uint8Array.of(value.bool ? 1 : 0));
	} else if ("text" in value) {
		bytes.uint32(types.text);
		bytes.text(value.text);
	} else if ("int32s" in value) {
		bytes.uint32(types.list);
		bytes.uint32(types.int32);
		bytes.uint64(value.int32s.length);
		bytes.put(new Uint8Array(Int32Array.from(value.int32s).buffer));
	} else {
		bytes.uint32(types.list);
		bytes.uint32(types.text);
		bytes.uint64(value.texts.length);
		for (const text of value.texts) bytes.text(text);
	}
}

class ByteList {
	#bytes = new Uint8Array(1 << 16);
	#length = 0;
	readonly #encoder = new TextEncoder();

	put(part: Uint8Array): void {
		while (this.#length + part.length > this.#bytes.length) {
			const larger = new Uint8Array(2 * this.#bytes.length);
			larger.set(this.#bytes);
			this.#bytes = larger;
		}
		this.#bytes.set(part, this.#length);
		this.#length += part.length;
	}

	uint32(value: number): void {
		this.put(new Uint8Array(Uint32Array.of(value).buffer));
	}

	uint64(value: number): void {
		this.put(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
	}

	/** Its length in bytes, then UTF-8. */
	text(value: string): void {
		const bytes = this.#encoder.encode(value);
		this.uint64(bytes.length);
		this.put(bytes);
	}

	pad(step: number): void {
		this.put(new Uint8Array((step - (this.#length % step)) % step));
	}

	all(): Uint8Array {
		return this.#bytes.subarray(0, this.#length);
	}
}
