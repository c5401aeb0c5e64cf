import { closeSync, openSync, readSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { defined } from "#base/assert";
import { type CancelToken, neverCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import type { ModelConfig } from "#models/config";
import { matchParameters, openCheckpoint, type Parameters } from "./checkpoint.ts";
import { type Fp32Cache, readFp32Cache, writeFp32Cache } from "./fp32Cache.ts";
import { scanParameters } from "./scan.ts";
import { identify, readKnownHash, saveKnownHash } from "./sourceIdentity.ts";
import { storageError } from "./storageError.ts";

/** Where a float32 tensor lies: external data for onnxruntime. */
export interface WeightLocation {
	/** Real path, no symbolic link in it; the same for every tensor of a model. */
	readonly folder: string;
	/** Name inside `folder`. */
	readonly file: string;
	readonly offset: number;
	readonly byteLength: number;
	readonly shape: readonly number[];
}

/** Checked float32 weights of a model, on disk. */
export interface WeightStore {
	/** SHA-256 over the config's maths and every tensor's name, type, shape and bytes: what an adapter is tied to. */
	readonly hash: string;
	/** Parameters in the order of `parameterShapes`. */
	readonly names: readonly string[];
	/** True if these are the model's own files, false if they are the fp32 cache. */
	readonly direct: boolean;
	locate(name: string): WeightLocation;
	/** All numbers of a tensor, or `length` of them from `first` on. */
	read(name: string, first?: number, length?: number): Float32Array;
}

export interface PrepareOptions {
	readonly cancel?: CancelToken;
	/** Bytes of weights read so far and in all; called only when they must be read. */
	readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Makes the weights in `folder` readable by onnxruntime. The first time every byte is read once: hashed, checked for NaN and, unless
 * the files are float32, aligned and in one real folder, converted into `cacheFolder`. Later the files' sizes, times and headers
 * are compared, nothing more. Throws AttuneError "weights", "unsupported", "storage" or "cancelled".
 */
export async function prepareWeights(
	folder: string,
	config: ModelConfig,
	cacheFolder: string,
	options: PrepareOptions = {},
): Promise<WeightStore> {
	const checkpoint = openCheckpoint(folder);
	try {
		const parameters = matchParameters(checkpoint, config, folder);
		const direct = directLocations(parameters);
		const identity = identify(checkpoint, config);
		const known = readKnownHash(cacheFolder, identity);
		const remembered = known === undefined ? undefined : open(known);
		if (remembered !== undefined) return remembered;
		const scan = { parameters, config, cancel: options.cancel ?? neverCancelled, onProgress: options.onProgress };
		const hash = await (direct === undefined ? writeFp32Cache(cacheFolder, scan) : scanParameters(scan));
		saveKnownHash(cacheFolder, identity, hash);
		return defined(open(hash), "the fp32 cache just written");

		function open(model: string): WeightStore | undefined {
			if (direct !== undefined) return storeOf(model, direct, true);
			const cache = readFp32Cache(cacheFolder, model, config);
			return cache === undefined ? undefined : storeOf(model, cacheLocations(cache), false);
		}
	} finally {
		checkpoint.close();
	}
}

/**
 * The places of all parameters if onnxruntime can use the model's files as they are. It refuses paths that leave the one folder it is
 * given, also through symbolic links; a Hugging Face cache links to one folder of blobs, whose real names are used then.
 */
function directLocations({ tensors }: Parameters): Map<string, WeightLocation> | undefined {
	const locations = new Map<string, WeightLocation>();
	const folders = new Set<string>();
	for (const [name, { file, entry }] of tensors) {
		if (entry.dtype !== "F32" || entry.offset % 4 !== 0) return undefined;
		const path = realpathSync(file.file);
		folders.add(dirname(path));
		const { offset, byteLength, shape } = entry;
		locations.set(name, { folder: dirname(path), file: basename(path), offset, byteLength, shape });
	}
	return folders.size === 1 ? locations : undefined;
}

function cacheLocations({ folder, file, layout }: Fp32Cache): Map<string, WeightLocation> {
	return new Map([...layout].map(([name, slot]) => [name, { folder, file, ...slot }]));
}

function storeOf(hash: string, locations: ReadonlyMap<string, WeightLocation>, direct: boolean): WeightStore {
	const locate = (name: string): WeightLocation => defined(locations.get(name), `weight ${name}`);
	return {
		hash,
		names: [...locations.keys()],
		direct,
		locate,
		read: (name, first, length) => readLocation(locate(name), first, length),
	};
}

function readLocation({ folder, file, ...place }: WeightLocation, first = 0, length?: number): Float32Array {
	const values = new Float32Array(length ?? place.byteLength / 4 - first);
	const [offset, byteLength] = [place.offset + 4 * first, values.byteLength];
	const bytes = new Uint8Array(values.buffer);
	const path = join(folder, file);
	try {
		const handle = openSync(path, "r");
		try {
			for (let done = 0; done < byteLength; ) {
				const count = readSync(handle, bytes, done, Math.min(byteLength - done, 1 << 26), offset + done);
				if (count === 0) throw shrunk(path);
				done += count;
			}
		} finally {
			closeSync(handle);
		}
	} catch (error) {
		throw storageError(error, path, "reading");
	}
	return values;
}

function shrunk(file: string): AttuneError {
	return new AttuneError("weights", "it is shorter than when it was checked", {
		file,
		remedy: "Leave the model's files alone and start again.",
	});
}
