import {
	closeSync,
	existsSync,
	fstatSync,
	fsyncSync,
	ftruncateSync,
	openSync,
	readSync,
	realpathSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import { defined } from "#base/assert";
import type { ModelConfig } from "#models/config";
import { parameterShapes } from "#models/parameters";
import { fillFileAtomic } from "./atomic.ts";
import { type Scan, scanParameters } from "./scan.ts";
import { storageError } from "./storageError.ts";

/**
 * The fp32 cache: `<cacheFolder>/<model hash>/weights.f32`. A header, then every parameter as float32 in the order of
 * `parameterShapes`, each at a multiple of 64 KiB: Windows maps files into memory at no finer step. The header is written last, so a file with a right header and a
 * right size is a whole one.
 */
export interface Fp32Cache {
	/** Real path. */
	readonly folder: string;
	readonly file: string;
	readonly layout: ReadonlyMap<string, Slot>;
}

export interface Slot {
	readonly offset: number;
	readonly byteLength: number;
	readonly shape: readonly number[];
}

const step = 65_536;
const headerBytes = 4096;
const fileName = "weights.f32";

/** The cache of the model with `hash`, or undefined if there is none or it is damaged. */
export function readFp32Cache(cacheFolder: string, hash: string, config: ModelConfig): Fp32Cache | undefined {
	const folder = join(cacheFolder, hash);
	const path = join(folder, fileName);
	if (!existsSync(path)) return undefined;
	const { layout, size } = layoutOf(config);
	const header = Buffer.alloc(headerBytes);
	let handle: number | undefined;
	try {
		handle = openSync(path, "r");
		if (fstatSync(handle).size !== size) return undefined;
		readSync(handle, header, 0, headerBytes, 0);
		return header.equals(headerOf(hash, size)) ? { folder: realpathSync(folder), file: fileName, layout } : undefined;
	} catch (error) {
		throw storageError(error, path, "reading the fp32 cache");
	} finally {
		if (handle !== undefined) closeSync(handle);
	}
}

/** Converts and checks all parameters in one pass; returns the model's hash. A damaged cache of the same model is replaced. */
export async function writeFp32Cache(cacheFolder: string, scan: Scan): Promise<string> {
	const { layout, size } = layoutOf(scan.config);
	return fillFileAtomic(cacheFolder, async (temporary) => {
		const handle = openSync(temporary, "wx");
		try {
			ftruncateSync(handle, size);
			const hash = await scanParameters(scan, (name, first, values) => {
				const slot = defined(layout.get(name), `slot of ${name}`);
				const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
				writeFully(handle, bytes, slot.offset + first * 4);
			});
			fsyncSync(handle);
			writeFully(handle, headerOf(hash, size), 0);
			fsyncSync(handle);
			const target = join(cacheFolder, hash, fileName);
			// Another process may have finished first; its file may be mapped, which on Windows forbids replacing it.
			return { target: readFp32Cache(cacheFolder, hash, scan.config) === undefined ? target : undefined, result: hash };
		} finally {
			closeSync(handle);
		}
	});
}

function layoutOf(config: ModelConfig): { layout: Map<string, Slot>; size: number } {
	const layout = new Map<string, Slot>();
	let offset = step;
	for (const [name, shape] of parameterShapes(config)) {
		const byteLength = shape.reduce((a, b) => a * b, 4);
		layout.set(name, { offset, byteLength, shape });
		offset += Math.ceil(byteLength / step) * step;
	}
	return { layout, size: offset };
}

function headerOf(hash: string, size: number): Buffer {
	const header = Buffer.alloc(headerBytes, 0x20);
	header.write(`${JSON.stringify({ format: "attune-fp32", version: 1, hash, size })}\n`);
	return header;
}

function writeFully(handle: number, bytes: Uint8Array, position: number): void {
	let done = 0;
	while (done < bytes.length) done += writeSync(handle, bytes, done, bytes.length - done, position + done);
}
