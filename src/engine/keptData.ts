/** Everything that Attune keeps on this machine outside the editor: where, how much, and deleting it. */
import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AttuneError } from "#base/errors";
import type { KeptPlace } from "#protocol/store";
import { storageError } from "#runtime/storageError";
import { workshop } from "./fetchModel.ts";
import type { Home } from "./home.ts";
import { lockLearning, takeLock } from "./learningLock.ts";
import { sizeOfFolder } from "./modelShelf.ts";

/** What was learned of projects first: where deleting stops half-way, that is gone. */
const kinds = ["workspaces", "weights", "models", "bench"] as const;

export function keptPlaces(home: Home): readonly KeptPlace[] {
	return kinds.map((kind) => ({ kind, folder: home[kind], ...sizeOfFolder(home[kind]) }));
}

/** Bytes that are gone. Refused while something learns or fetches; what lies in the home's folder beside these places stays. */
export function deleteKept(home: Home): number {
	if (!existsSync(home.root)) return 0;
	const release = lockLearning(home.lock);
	try {
		refuseWhileFetching(join(home.models, workshop));
		let bytes = 0;
		for (const { folder, bytes: held } of keptPlaces(home)) {
			empty(folder);
			bytes += held;
		}
		return bytes;
	} finally {
		release();
		removeIfEmpty(home.root);
	}
}

function refuseWhileFetching(folder: string): void {
	if (!existsSync(folder)) return;
	for (const name of readdirSync(folder)) {
		const lock = /^(.+\.lock)\.\d+$/.exec(name)?.[1];
		if (lock !== undefined) takeLock(join(folder, lock), fetching)();
	}
}

function fetching(file: string, pid: number): AttuneError {
	return new AttuneError("storage", `a model is being fetched (process ${pid})`, {
		file,
		remedy: "Wait until it is there, or stop it.",
	});
}

/** The folder itself may be a link to another disk: what it holds goes. */
function empty(folder: string): void {
	if (!existsSync(folder)) return;
	try {
		for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
	} catch (error) {
		throw storageError(error, folder, "deleting");
	}
	removeIfEmpty(folder);
}

function removeIfEmpty(folder: string): void {
	try {
		rmdirSync(folder);
	} catch {
		// A link, or somebody else's files are in it.
	}
}
