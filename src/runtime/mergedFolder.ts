/**
 * A model with an adapter added to its weights, as a Hugging Face folder: the base's files with the adapted matrices replaced, in the
 * base's dtype. Everything else is the same, byte for byte.
 */
import { closeSync, openSync, readdirSync, statSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { defined } from "#base/assert";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import type { ModelConfig } from "#models/config";
import type { Adapter } from "./adapterState.ts";
import { copyWritable, fillFolderAtomic } from "./atomic.ts";
import { matchParameters, openCheckpoint } from "./checkpoint.ts";
import { type FloatType, firstNotFinite, narrowBf16, narrowF16 } from "./halfFloats.ts";
import { floatType, type SafetensorsFile } from "./safetensors.ts";
import type { TensorEntry } from "./safetensorsHeader.ts";

export interface MergeOptions {
	readonly cancel: CancelToken;
	/** Tensors written so far and in all. */
	readonly onProgress?: (done: number, total: number) => void;
}

/** Bytes copied at once. */
const slice = 1 << 24;

/** Writes `target`, which is not there yet, whole or not at all. Throws AttuneError "weights", "unsupported", "storage" or "cancelled". */
export async function writeMergedFolder(
	target: string,
	folder: string,
	config: ModelConfig,
	adapter: Adapter,
	{ cancel, onProgress }: MergeOptions,
): Promise<void> {
	const checkpoint = openCheckpoint(folder);
	try {
		const { tensors } = matchParameters(checkpoint, config, folder);
		const modules = new Map<TensorEntry, string>();
		for (const module of adapter.modules.keys())
			modules.set(defined(tensors.get(`${module}.weight`), module).entry, module);
		let done = 0;
		await fillFolderAtomic(target, async (temporary) => {
			for (const name of smallFiles(folder)) copyWritable(join(folder, name), join(temporary, name));
			for (const file of checkpoint.files) {
				const handle = openSync(join(temporary, basename(file.file)), "wx", 0o644);
				try {
					copyHeader(file, handle);
					for (const entry of file.header.tensors.values()) {
						throwIfCancelled(cancel);
						const module = modules.get(entry);
						if (module === undefined) copyTensor(file, entry, handle);
						else writeAll(handle, mergedBytes(file, entry, adapter, module), entry.offset);
						onProgress?.(++done, checkpoint.tensors.size);
						await nextTurn();
					}
				} finally {
					closeSync(handle);
				}
			}
		});
	} finally {
		checkpoint.close();
	}
}

/** Config, tokenizer, licence and the like; no weights in other formats, no hidden files. */
function smallFiles(folder: string): readonly string[] {
	return readdirSync(folder)
		.filter((name) => !name.startsWith(".") && statSync(join(folder, name)).isFile())
		.filter((name) => !/\.(safetensors|bin|pt|pth|gguf|onnx|h5|msgpack)$/.test(name));
}

function copyHeader(file: SafetensorsFile, handle: number): void {
	const start = new Uint8Array(8 + file.headerBytes.length);
	file.readInto(start, 0);
	writeAll(handle, start, 0);
}

function copyTensor(file: SafetensorsFile, { offset, byteLength }: TensorEntry, handle: number): void {
	for (let done = 0; done < byteLength; done += slice) {
		const part = new Uint8Array(Math.min(slice, byteLength - done));
		file.readInto(part, offset + done);
		writeAll(handle, part, offset + done);
	}
}

function mergedBytes(
	file: SafetensorsFile,
	entry: TensorEntry,
	{ lora, modules }: Adapter,
	module: string,
): Uint8Array {
	const { a, b } = defined(modules.get(module), module);
	const values = file.read(entry.name);
	addProduct(values, a, b, lora.rank, lora.alpha / lora.rank);
	const bytes = narrowed(values, floatType(entry, file.file));
	if (bytes !== undefined) return bytes;
	throw new AttuneError("unsupported", `with the adapter, tensor "${entry.name}" no longer fits into ${entry.dtype}`, {
		file: file.file,
		remedy: "Export the adapter by itself, with --format peft or gguf.",
	});
}

/** values [out, in] += scale * b [out, rank] a [rank, in]. */
function addProduct(values: Float32Array, a: Float32Array, b: Float32Array, rank: number, scale: number): void {
	const columns = a.length / rank;
	const change = new Float64Array(columns);
	for (let row = 0; row * columns < values.length; row++) {
		change.fill(0);
		for (let r = 0; r < rank; r++) {
			const factor = scale * (b[row * rank + r] as number);
			for (let i = 0; i < columns; i++) (change[i] as number) += factor * (a[r * columns + i] as number);
		}
		for (let i = 0; i < columns; i++) (values[row * columns + i] as number) += change[i] as number;
	}
}

/** Undefined if a number is too large for the type. */
function narrowed(values: Float32Array, type: FloatType): Uint8Array | undefined {
	if (firstNotFinite(values) >= 0) return undefined;
	if (type === "F32") return new Uint8Array(values.buffer);
	const halves = type === "F16" ? narrowF16(values) : narrowBf16(values);
	const infinite = type === "F16" ? 0x7c00 : 0x7f80;
	return halves.some((half) => (half & 0x7fff) >= infinite) ? undefined : new Uint8Array(halves.buffer);
}

function writeAll(handle: number, bytes: Uint8Array, position: number): void {
	let done = 0;
	while (done < bytes.length)
		done += writeSync(handle, bytes, done, Math.min(bytes.length - done, 1 << 26), position + done);
}
