import { createHash, type Hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import type { ModelConfig } from "#models/config";
import type { Parameters, StoredTensor } from "./checkpoint.ts";
import { checkFinite, floatType, widen } from "./safetensors.ts";

export interface Scan {
	readonly parameters: Parameters;
	readonly config: ModelConfig;
	readonly cancel: CancelToken;
	readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Takes numbers `first`, `first + 1`, ... of tensor `name` as float32. The array is reused after the call. */
export type Sink = (name: string, first: number, values: Float32Array) => void;

/** Numbers read at once: 4 MiB of float32. */
const chunkLength = 1 << 20;

/**
 * Reads every parameter once, front to back: checks that all numbers are finite, gives them to `sink` and returns the model's hash
 * (hex SHA-256). Yields to the event loop, and can be cancelled, at every chunk.
 */
export async function scanParameters(scan: Scan, sink?: Sink): Promise<string> {
	const { parameters, config, cancel, onProgress } = scan;
	const hash = createHash("sha256").update(JSON.stringify(mathsOf(config)));
	const total = [...parameters.tensors.values()].reduce((sum, { entry }) => sum + entry.byteLength, 0);
	let done = 0;
	for (const [name, stored] of parameters.tensors) {
		const { dtype, shape } = stored.entry;
		hash.update(JSON.stringify({ name, dtype, shape }));
		for (const bytes of scanTensor(name, stored, hash, sink)) {
			done += bytes;
			onProgress?.(done, total);
			throwIfCancelled(cancel);
			await setImmediate();
		}
	}
	checkTiedHead(parameters);
	return hash.digest("hex");
}

function* scanTensor(
	name: string,
	{ file, entry }: StoredTensor,
	hash: Hash,
	sink: Sink | undefined,
): Generator<number> {
	const type = floatType(entry, file.file);
	const width = type === "F32" ? 4 : 2;
	const count = entry.byteLength / width;
	const values = new Float32Array(Math.min(count, chunkLength));
	const raw = type === "F32" ? new Uint8Array(values.buffer) : new Uint8Array(values.length * 2);
	for (let first = 0; first < count; first += chunkLength) {
		const length = Math.min(chunkLength, count - first);
		const bytes = raw.subarray(0, length * width);
		file.readInto(bytes, entry.offset + first * width);
		hash.update(bytes);
		const part = values.subarray(0, length);
		widen(bytes, type, part);
		checkFinite(part, first, entry, file.file);
		sink?.(name, first, part);
		yield bytes.length;
	}
}

/** A tied model may store its head again; were it another matrix, either reading of the config would be wrong for someone. */
function checkTiedHead({ tensors, redundantHead }: Parameters): void {
	const embedding = tensors.get("model.embed_tokens.weight");
	if (redundantHead === undefined || embedding === undefined) return;
	const fail = (): never => {
		throw new AttuneError(
			"weights",
			'"lm_head.weight" differs from the embedding, though config.json says they are tied',
			{
				file: redundantHead.file.file,
				remedy: 'Set "tie_word_embeddings" to false in config.json if the head was trained apart.',
			},
		);
	};
	const length = embedding.entry.byteLength;
	if (embedding.entry.dtype !== redundantHead.entry.dtype || redundantHead.entry.byteLength !== length) fail();
	const step = chunkLength * 4;
	for (let at = 0; at < length; at += step) {
		const [a, b] = [embedding, redundantHead].map(({ file, entry }) => {
			const bytes = Buffer.alloc(Math.min(step, length - at));
			file.readInto(bytes, entry.offset + at);
			return bytes;
		}) as [Buffer, Buffer];
		if (!a.equals(b)) fail();
	}
}

/** What of the config changes the numbers a model computes. Listed by hand: a new field must not change old hashes. */
function mathsOf(config: ModelConfig): unknown {
	const { modelType, heads, kvHeads, headDim, rmsNormEps, ropeTheta, ropeScaling, slidingWindow } = config;
	const scaling = Object.entries(ropeScaling).sort(([a], [b]) => (a < b ? -1 : 1));
	const window = slidingWindow === undefined ? null : [slidingWindow.size, slidingWindow.layers];
	return ["attune-model-1", modelType, heads, kvHeads, headDim, rmsNormEps, ropeTheta, scaling, window];
}
