/** When a run is killed: at moments that can be seen from outside, and a random while later. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Running } from "#test/slow/commandLine";

export interface Moment {
	readonly name: string;
	/** Resolves when a run has come there, or has ended. */
	readonly reached: (running: Running, workspace: string) => Promise<boolean>;
	/** The kill comes up to so much later. */
	readonly spreadMs: number;
}

const loading: Moment = { name: "loading", reached: async () => true, spreadMs: 1_000 };
const judging: Moment = { name: "judging", reached: (running) => running.says("estimate "), spreadMs: 1_000 };
/** A checkpoint is being written: in a fresh run that of step 0, in a resumed one that of step 50 or of the end. */
const checkpoint: Moment = { name: "checkpoint", reached: writingCheckpoint, spreadMs: 2 };
const learning: Moment = { name: "learning", reached: writingCheckpoint, spreadMs: 2_000 };

/** From the start of a run to its end; the writing of the adapter most often, for it is the shortest. */
export const moments: readonly Moment[] = [
	...[loading, judging, loading, learning, checkpoint, learning, checkpoint, loading, judging],
	...[0, 0, 1, 2, 4, 6, 8, 12, 20, 30, 50].map((spreadMs) => ({ name: "saving", reached: savingAdapter, spreadMs })),
];

/** A file has been begun in the folder of the checkpoint. */
export function writingCheckpoint(running: Running, workspace: string): Promise<boolean> {
	const folder = join(workspace, "checkpoint");
	const isNew = (name: string): boolean =>
		(statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) > running.startedMs;
	return untilSeen(running, () => existsSync(folder) && readdirSync(folder).some(isNew));
}

/** A temporary folder of the adapter has just been made. */
function savingAdapter(running: Running, workspace: string): Promise<boolean> {
	const mine = `.adapter.${running.child.pid}-`;
	return untilSeen(running, () => readdirSync(workspace).some((name) => name.startsWith(mine)));
}

/** Looks every millisecond until `seen`; false if the run ends before. */
async function untilSeen(running: Running, seen: () => boolean): Promise<boolean> {
	while (running.child.exitCode === null && running.child.signalCode === null) {
		if (seen()) return true;
		await sleep(1);
	}
	return false;
}
