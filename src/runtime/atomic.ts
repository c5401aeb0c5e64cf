import { randomBytes } from "node:crypto";
import {
	chmodSync,
	closeSync,
	copyFileSync,
	existsSync,
	fsyncSync,
	mkdirSync,
	openSync,
	readdirSync,
	renameSync,
	rmSync,
	writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorNumber, storageError } from "./storageError.ts";

/**
 * Writes `file` so that a reader, or a machine that dies, sees the old content or the new, never a part.
 * Creates missing parent folders. Throws AttuneError("storage") and leaves nothing half-written.
 */
export function writeFileAtomic(file: string, content: string | Uint8Array): void {
	const temporary = temporarySibling(file);
	try {
		makeFolder(dirname(file));
		removeStale(file);
		writeDurable(temporary, content);
		renameSync(temporary, file);
		syncFolder(dirname(file));
	} catch (error) {
		discard(temporary);
		throw storageError(error, file, "saving");
	}
}

/**
 * Lets `fill` write and sync a large file whose final place it knows only at the end. The temporary file lies in `folder`; `target` must be
 * on the same file system, or undefined to throw the file away. Throws as `writeFileAtomic`; an AttuneError of `fill` passes through.
 */
export async function fillFileAtomic<T>(
	folder: string,
	fill: (temporary: string) => Promise<{ readonly target: string | undefined; readonly result: T }>,
): Promise<T> {
	const temporary = temporarySibling(join(folder, "filling"));
	try {
		makeFolder(folder);
		removeStale(join(folder, "filling"));
		const { target, result } = await fill(temporary);
		if (target === undefined) discard(temporary);
		else {
			makeFolder(dirname(target));
			renameSync(temporary, target);
			syncFolder(dirname(target));
		}
		return result;
	} catch (error) {
		discard(temporary);
		throw storageError(error, folder, "saving");
	}
}

/**
 * Replaces the folder `target` by one that `fill` writes into the temporary folder it is given (files flat or nested).
 * All of it is on disk before `target` changes. An old `target` is first renamed to `.<name>.previous`, so a death between
 * the two renames loses nothing: `recoverFolder` puts it back. Throws AttuneError("storage") with `target` as it was.
 */
export function writeFolderAtomic(target: string, fill: (temporary: string) => void): void {
	const temporary = temporarySibling(target);
	try {
		makeFolder(dirname(target));
		recoverFolder(target);
		removeStale(target);
		mkdirSync(temporary);
		fill(temporary);
		syncTree(temporary);
		swapIn(temporary, target);
	} catch (error) {
		discard(temporary);
		throw storageError(error, target, "saving");
	}
}

/** As `writeFolderAtomic`, for work that takes its time. `target` must not be there yet; an AttuneError of `fill` passes through. */
export async function fillFolderAtomic(target: string, fill: (temporary: string) => Promise<void>): Promise<void> {
	const temporary = temporarySibling(target);
	try {
		makeFolder(dirname(target));
		removeStale(target);
		mkdirSync(temporary);
		await fill(temporary);
		syncTree(temporary);
		renameSync(temporary, target);
		syncFolder(dirname(target));
	} catch (error) {
		discard(temporary);
		throw storageError(error, target, "saving");
	}
}

/** Puts `target` back if a writer died between moving the old folder away and the new one in. Call before reading. */
export function recoverFolder(target: string): void {
	const previous = previousSibling(target);
	try {
		if (!existsSync(target) && existsSync(previous)) renameSync(previous, target);
	} catch (error) {
		// Another process may have put it back in the meantime.
		if (!existsSync(target)) throw storageError(error, target, "restoring");
	}
}

/** Deletes `target`, and what `recoverFolder` would put back in its place. */
export function removeFolder(target: string): void {
	for (const path of [previousSibling(target), target]) rmSync(path, { recursive: true, force: true });
}

/** Deletes what was not finished. Best effort: the error that led here is the one to tell. */
function discard(path: string): void {
	try {
		rmSync(path, { recursive: true, force: true });
	} catch {}
}

function swapIn(temporary: string, target: string): void {
	const previous = previousSibling(target);
	rmSync(previous, { recursive: true, force: true });
	if (existsSync(target)) renameSync(target, previous);
	try {
		renameSync(temporary, target);
	} catch (error) {
		recoverFolder(target);
		throw error;
	}
	syncFolder(dirname(target));
	rmSync(previous, { recursive: true, force: true });
}

/** Creates `folder` and its parents; each new one is on disk before this returns. */
export function makeFolder(folder: string): void {
	if (existsSync(folder)) return;
	makeFolder(dirname(folder));
	try {
		// Not `recursive`: on a read-only file system Node then says that there is no such folder.
		mkdirSync(folder);
	} catch (error) {
		// Another process may have made it in the meantime.
		if (errorNumber(error) !== "EEXIST") throw error;
	}
	syncFolder(dirname(folder));
}

/** A new file of `content`, on disk when this returns. */
export function writeDurable(file: string, content: string | Uint8Array): void {
	const bytes = typeof content === "string" ? Buffer.from(content) : content;
	const handle = openSync(file, "wx", 0o644);
	try {
		let done = 0;
		while (done < bytes.length) done += writeSync(handle, bytes, done, Math.min(bytes.length - done, 1 << 26));
		fsyncSync(handle);
	} finally {
		closeSync(handle);
	}
}

/** A copy that its owner can write, whatever the original allows. */
export function copyWritable(from: string, to: string): void {
	copyFileSync(from, to);
	chmodSync(to, 0o644);
}

function syncTree(folder: string): void {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) syncTree(path);
		else syncPath(path, "r+");
	}
	syncFolder(folder);
}

/** Makes renames inside `folder` durable. Windows has no such call for folders; there the file system's journal must do. */
function syncFolder(folder: string): void {
	if (process.platform !== "win32") syncPath(folder, "r");
}

function syncPath(path: string, flags: string): void {
	const handle = openSync(path, flags);
	try {
		fsyncSync(handle);
	} finally {
		closeSync(handle);
	}
}

const temporaryName = /^\.(.+)\.(\d+)-[0-9a-f]{8}\.tmp$/;

/** A name beside `path`, hence on the same file system, that says whose it is and who is writing it. */
function temporarySibling(path: string): string {
	return join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
}

function previousSibling(path: string): string {
	return join(dirname(path), `.${basename(path)}.previous`);
}

/** Deletes what dead writers of `path` left beside it. */
function removeStale(path: string): void {
	for (const name of readdirSync(dirname(path))) {
		const match = temporaryName.exec(name);
		if (match === null || match[1] !== basename(path) || isAlive(Number(match[2]))) continue;
		rmSync(join(dirname(path), name), { recursive: true, force: true });
	}
}

function isAlive(pid: number): boolean {
	if (pid === process.pid) return true;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}
