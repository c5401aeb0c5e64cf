/** Where a run may go on, on disk: one file, written whole or not at all, checked when read. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { CheckpointStore, TrainingState } from "#adapt/checkpoint";
import { writeFileAtomic } from "#runtime/atomic";

/** Changes whenever `TrainingState` does: a checkpoint of another version is not looked at. */
const checkpointMagic = "attune-checkpoint-3\n";
const digestLength = 32;

export interface StateFile<State> {
	load(): State | undefined;
	save(state: State): void;
	/** It is of no use any more. */
	remove(): void;
}

/** At most one state in `folder`. A damaged file, or one of another `magic`, counts as none. States are plain data. */
export function stateFile<State>(folder: string, magic: string): StateFile<State> {
	const file = join(folder, "state.bin");
	const head = Buffer.from(magic);
	return {
		load: () => (existsSync(file) ? (decode(readFileSync(file), head) as State | undefined) : undefined),
		save: (state) => writeFileAtomic(file, encode(state, head)),
		remove: () => rmSync(folder, { recursive: true, force: true }),
	};
}

export interface CheckpointFile extends CheckpointStore {
	/** The run is over. */
	remove(): void;
}

/** A run's checkpoint in `folder`. */
export function checkpointFile(folder: string): CheckpointFile {
	const file = stateFile<TrainingState>(folder, checkpointMagic);
	return { load: async () => file.load(), save: async (state) => file.save(state), remove: file.remove };
}

function encode(state: unknown, magic: Buffer): Uint8Array {
	const body = serialize(state);
	return Buffer.concat([magic, createHash("sha256").update(body).digest(), body]);
}

function decode(bytes: Buffer, magic: Buffer): unknown {
	const body = bytes.subarray(magic.length + digestLength);
	const digest = bytes.subarray(magic.length, magic.length + digestLength);
	const whole =
		bytes.subarray(0, magic.length).equals(magic) && createHash("sha256").update(body).digest().equals(digest);
	return whole ? deserialize(body) : undefined;
}
