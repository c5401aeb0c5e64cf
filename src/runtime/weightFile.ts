/**
 * A file of tensors made ready for onnxruntime: a header, then every tensor at a multiple of 64 KiB, because Windows maps files
 * into memory at no finer step. The header is written last, so a file with a right header and a right size is a whole one.
 */
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { defined } from "#base/assert";
import { fillFileAtomic } from "./atomic.ts";
import { storageError } from "./storageError.ts";

export interface Place {
	readonly offset: number;
	readonly byteLength: number;
}

export interface FileLayout<T extends Place = Place> {
	readonly places: ReadonlyMap<string, T>;
	/** Of the whole file, in bytes. */
	readonly size: number;
}

/** What a file is, as its header says it. */
export interface FileKind {
	readonly format: string;
	readonly version: number;
	/** Of the model. */
	readonly hash: string;
}

const step = 65_536;
const headerBytes = 4096;

/** Places for tensors of the given sizes, one after another in their order. */
export function layOut<T extends { readonly byteLength: number }>(
	tensors: ReadonlyMap<string, T>,
): FileLayout<T & Place> {
	const places = new Map<string, T & Place>();
	let offset = step;
	for (const [name, tensor] of tensors) {
		places.set(name, { ...tensor, offset });
		offset += Math.ceil(tensor.byteLength / step) * step;
	}
	return { places, size: offset };
}

/** Whether `path` is a whole file of that kind and size. */
export function isWhole(path: string, kind: FileKind, size: number): boolean {
	if (!existsSync(path)) return false;
	const header = Buffer.alloc(headerBytes);
	let handle: number | undefined;
	try {
		handle = openSync(path, "r");
		if (fstatSync(handle).size !== size) return false;
		readSync(handle, header, 0, headerBytes, 0);
		return header.equals(headerOf(kind, size));
	} catch (error) {
		throw storageError(error, path, "reading prepared weights");
	} finally {
		if (handle !== undefined) closeSync(handle);
	}
}

/** Writes bytes of a tensor, `at` bytes from its beginning. */
export type WriteTensor = (name: string, at: number, bytes: Uint8Array) => void;

/**
 * Makes `<folder>/<hash>/<name>`, whole or not at all. `fill` writes every tensor and says the model's hash, which may be known only
 * then. A whole file of another process that was faster is left: it may be mapped, which on Windows forbids replacing it.
 */
export async function writeWeightFile(
	folder: string,
	name: string,
	layout: FileLayout,
	kind: Omit<FileKind, "hash">,
	fill: (write: WriteTensor) => Promise<string>,
): Promise<string> {
	return fillFileAtomic(folder, async (temporary) => {
		const handle = openSync(temporary, "wx");
		try {
			ftruncateSync(handle, layout.size);
			const hash = await fill((tensor, at, bytes) => {
				writeFully(handle, bytes, defined(layout.places.get(tensor), `place of ${tensor}`).offset + at);
			});
			fsyncSync(handle);
			writeFully(handle, headerOf({ ...kind, hash }, layout.size), 0);
			fsyncSync(handle);
			const target = join(folder, hash, name);
			return { target: isWhole(target, { ...kind, hash }, layout.size) ? undefined : target, result: hash };
		} finally {
			closeSync(handle);
		}
	});
}

function headerOf({ format, version, hash }: FileKind, size: number): Buffer {
	const header = Buffer.alloc(headerBytes, 0x20);
	header.write(`${JSON.stringify({ format, version, hash, size })}\n`);
	return header;
}

function writeFully(handle: number, bytes: Uint8Array, position: number): void {
	let done = 0;
	while (done < bytes.length) done += writeSync(handle, bytes, done, bytes.length - done, position + done);
}
