/** A run's checkpoint on disk: one file, written whole or not at all, checked when read. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { CheckpointStore, TrainingState } from "#adapt/checkpoint";
import { writeFileAtomic } from "#runtime/atomic";

/** Changes whenever `TrainingState` does: a checkpoint of another version is not looked at. */
const magic = Buffer.from("attune-checkpoint-2\n");
const digestLength = 32;

export interface CheckpointFile extends CheckpointStore {
	/** The run is over. */
	remove(): void;
}

/** At most one state in `folder`. A damaged file counts as none: the run starts afresh. */
export function checkpointFile(folder: string): CheckpointFile {
	const file = join(folder, "state.bin");
	return {
		async load() {
			return existsSync(file) ? decode(readFileSync(file)) : undefined;
		},
		async save(state) {
			writeFileAtomic(file, encode(state));
		},
		remove() {
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

function encode(state: TrainingState): Uint8Array {
	const body = serialize(state);
	return Buffer.concat([magic, createHash("sha256").update(body).digest(), body]);
}

function decode(bytes: Buffer): TrainingState | undefined {
	const body = bytes.subarray(magic.length + digestLength);
	const digest = bytes.subarray(magic.length, magic.length + digestLength);
	const whole =
		bytes.subarray(0, magic.length).equals(magic) && createHash("sha256").update(body).digest().equals(digest);
	return whole ? (deserialize(body) as TrainingState) : undefined;
}
