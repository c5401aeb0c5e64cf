import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { defined, invariant } from "#base/assert";
import { AttuneError } from "#base/errors";
import { type FloatType, firstNotFinite, narrowF16, widenBf16, widenF16 } from "./halfFloats.ts";
import { headerLength, parseHeader, type SafetensorsHeader, type TensorEntry } from "./safetensorsHeader.ts";
import { errorNumber, storageError } from "./storageError.ts";

/** An open, checked safetensors file whose tensors are read one by one, by range. */
export class SafetensorsFile {
	readonly file: string;
	readonly header: SafetensorsHeader;
	/** The raw JSON, for telling whether the file changed. */
	readonly headerBytes: Uint8Array;
	readonly size: number;
	readonly modifiedMs: number;
	readonly changedMs: number;
	readonly #handle: number;

	/** Reads and checks the header alone. Throws AttuneError("weights") naming what is wrong. */
	constructor(file: string) {
		this.file = file;
		this.#handle = openToRead(file);
		try {
			const { size, mtimeMs, ctimeMs } = fstatSync(this.#handle);
			this.size = size;
			this.modifiedMs = mtimeMs;
			this.changedMs = ctimeMs;
			const start = new Uint8Array(Math.min(8, size));
			this.readInto(start, 0);
			this.headerBytes = new Uint8Array(headerLength(start, size, file));
			this.readInto(this.headerBytes, 8);
			this.header = parseHeader(this.headerBytes, size, file);
		} catch (error) {
			closeSync(this.#handle);
			throw storageError(error, file, "reading");
		}
	}

	/** The tensor as float32. Throws AttuneError("weights") at a NaN, an infinity or a dtype that is no F32, F16 or BF16. */
	read(name: string): Float32Array {
		const entry = defined(this.header.tensors.get(name), `tensor ${name}`);
		const type = floatType(entry, this.file);
		const values = new Float32Array(entry.byteLength / (type === "F32" ? 4 : 2));
		const bytes = new Uint8Array(type === "F32" ? values.buffer : new ArrayBuffer(entry.byteLength));
		this.readInto(bytes, entry.offset);
		widen(bytes, type, values);
		checkFinite(values, 0, entry, this.file);
		return values;
	}

	/** Fills `target` from byte `offset` of the file on. */
	readInto(target: Uint8Array, offset: number): void {
		let done = 0;
		while (done < target.length) {
			const count = readSync(this.#handle, target, done, Math.min(target.length - done, 1 << 26), offset + done);
			if (count === 0) {
				throw new AttuneError(
					"weights",
					`it ends before byte ${offset + target.length}: it changed while it was read`,
					{
						file: this.file,
						remedy: "Start again when the file is no longer being written.",
					},
				);
			}
			done += count;
		}
	}

	close(): void {
		closeSync(this.#handle);
	}
}

/** A tensor to write. `data` holds as many numbers as `shape` says. */
export interface TensorToWrite {
	readonly name: string;
	readonly shape: readonly number[];
	readonly data: Float32Array;
	/** F32 unless given. */
	readonly dtype?: "F32" | "F16";
}

/** The bytes of a safetensors file, in the reference implementation's order: wide types first, then by name. */
export function encodeSafetensors(
	tensors: readonly TensorToWrite[],
	metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
	const narrow = ({ dtype }: TensorToWrite): number => (dtype === "F16" ? 1 : 0);
	const sorted = [...tensors].sort((a, b) => narrow(a) - narrow(b) || (a.name < b.name ? -1 : 1));
	const entries: [string, object][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
	let position = 0;
	for (const { name, shape, data, dtype = "F32" } of sorted) {
		invariant(
			shape.reduce((a, b) => a * b, 1) === data.length,
			`${name} has shape [${shape}] and ${data.length} numbers`,
		);
		const end = position + data.length * (dtype === "F32" ? 4 : 2);
		entries.push([name, { dtype, shape, data_offsets: [position, end] }]);
		position = end;
	}
	invariant(new Set(entries.map(([name]) => name)).size === entries.length, "two tensors have one name");
	const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
	const padded = Math.ceil(json.length / 8) * 8;
	const bytes = new Uint8Array(8 + padded + position);
	new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
	bytes.set(json, 8);
	bytes.fill(0x20, 8 + json.length, 8 + padded);
	let at = 8 + padded;
	for (const { data, dtype } of sorted) {
		const part = dtype === "F16" ? narrowF16(data) : data;
		bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
		at += part.byteLength;
	}
	return bytes;
}

/** The dtype if it is one that models are computed from. */
export function floatType({ name, dtype }: TensorEntry, file: string): FloatType {
	if (dtype === "F32" || dtype === "F16" || dtype === "BF16") return dtype;
	throw new AttuneError("unsupported", `tensor "${name}" has dtype ${dtype}; F32, F16 and BF16 are supported`, {
		file,
		remedy: "Choose the model's original, unquantised weights.",
	});
}

/** Widens little-endian `bytes` into `target`; F32 bytes must be those of `target` itself. */
export function widen(bytes: Uint8Array, type: FloatType, target: Float32Array): void {
	if (type === "F32") return;
	const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
	if (type === "BF16") widenBf16(halves, target);
	else widenF16(halves, target);
}

/** `values` are those of `entry` from number `first` on. */
export function checkFinite(values: Float32Array, first: number, { name }: TensorEntry, file: string): void {
	const at = firstNotFinite(values);
	if (at < 0) return;
	throw new AttuneError("weights", `tensor "${name}" holds ${values[at]} at number ${first + at}`, {
		file,
		remedy: "Fetch the weights again, or choose another model: these were damaged or saved from a failed training.",
	});
}

function openToRead(file: string): number {
	try {
		return openSync(file, "r");
	} catch (error) {
		if (errorNumber(error) !== "ENOENT") throw storageError(error, file, "opening");
		throw new AttuneError("weights", "the file is missing", {
			file,
			remedy: "Fetch the model again: a part of it is not there.",
		});
	}
}
