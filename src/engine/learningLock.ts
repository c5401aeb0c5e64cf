/** One run at a time on a machine: two would take each other's memory and processors, and in one workspace its checkpoint. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { errorNumber, storageError } from "#runtime/storageError";

/**
 * Takes the lock named `file`: an empty file whose name ends in this process's number, so that it is never seen half-written and
 * that of a dead process counts as none. Returns what gives it back. Throws AttuneError("workspace") if another run holds it;
 * of two that start in the same instant both may be refused.
 */
export function lockLearning(file: string): () => void {
	return takeLock(file, held);
}

/** `lockLearning`, but waits up to `seconds` for whoever holds it. Throws AttuneError("cancelled") once `cancel` says so. */
export async function lockLearningSoon(file: string, seconds: number, cancel: CancelToken): Promise<() => void> {
	const end = performance.now() + seconds * 1_000;
	for (;;) {
		try {
			return lockLearning(file);
		} catch (error) {
			const isHeld = error instanceof AttuneError && error.code === "workspace";
			if (!isHeld || performance.now() > end) throw error;
		}
		throwIfCancelled(cancel);
		await sleep(lookAgainMs);
	}
}

const lookAgainMs = 100;

/** The same for whatever `file` stands for; `refuse` says who holds it. */
export function takeLock(file: string, refuse: (file: string, pid: number) => AttuneError): () => void {
	const own = `${file}.${process.pid}`;
	const release = (): void => rmSync(own, { force: true });
	try {
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(own, "");
		for (const { path, pid } of locksOf(file)) {
			if (pid === process.pid) continue;
			if (isAlive(pid)) throw refuse(path, pid);
			rmSync(path, { force: true });
		}
	} catch (error) {
		release();
		throw storageError(error, dirname(file), "saving");
	}
	return release;
}

function locksOf(file: string): { readonly path: string; readonly pid: number }[] {
	const start = `${basename(file)}.`;
	return readdirSync(dirname(file))
		.filter((name) => name.startsWith(start) && /^\d+$/.test(name.slice(start.length)))
		.map((name) => ({ path: join(dirname(file), name), pid: Number(name.slice(start.length)) }));
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return errorNumber(error) === "EPERM";
	}
}

function held(file: string, pid: number): AttuneError {
	return new AttuneError("workspace", `another run (process ${pid}) is learning on this machine`, {
		file,
		remedy: "Wait until it has ended, or end it. If there is no such run, delete this file.",
	});
}
