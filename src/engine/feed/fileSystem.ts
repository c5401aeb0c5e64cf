import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, type Stats } from "node:fs";

/**
 * What the feed needs of a file system. Synchronous, because a call costs microseconds where a promise costs ten times that, and
 * the feed's process does nothing else; every method throws Node's errors (`code` ENOENT, EACCES, ...). Tests wrap it.
 */
export interface FileSystem {
	/** Names in a folder, with their kinds, in any order. */
	list(folder: string): readonly FolderEntry[];
	/** Facts of the path itself: links are not followed. */
	stat(path: string): FileStat;
	/**
	 * Fills `into` from the file's start; returns what was read and the facts at the end of it. Never follows a link, never waits.
	 * `goesOn` is asked once, with the first bytes: false, and the rest is not read.
	 */
	read(
		path: string,
		into: Uint8Array,
		goesOn?: (first: Uint8Array) => boolean,
	): { readonly length: number; readonly after: FileStat };
}

export type EntryType = "file" | "folder" | "symlink" | "special";

export interface FolderEntry {
	readonly name: string;
	readonly type: EntryType;
}

export interface FileStat {
	readonly type: EntryType;
	readonly bytes: number;
	readonly modifiedMs: number;
	/** With the file number it tells another file of the same name. */
	readonly device: number;
	readonly fileNumber: number;
}

export const nodeFileSystem: FileSystem = {
	list: (folder) =>
		readdirSync(folder, { withFileTypes: true }).map((entry) => ({ name: entry.name, type: typeOf(entry) })),
	stat: (path) => statOf(lstatSync(path)),
	read(path, into, goesOn) {
		const descriptor = openSync(path, readFlags);
		try {
			let length = readSync(descriptor, into, 0, Math.min(firstBytes, into.length), null);
			const all = length > 0 && (goesOn?.(into.subarray(0, length)) ?? true) ? into.length : length;
			while (length < all) {
				const count = readSync(descriptor, into, length, all - length, null);
				if (count === 0) break;
				length += count;
			}
			return { length, after: statOf(fstatSync(descriptor)) };
		} finally {
			closeSync(descriptor);
		}
	},
};

/** Most source files are no longer than this, and read at once. */
const firstBytes = 16 * 1024;

/** Without O_NONBLOCK, a pipe put where a file was would wait for a writer for ever. Windows knows neither flag. */
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function statOf(stats: Stats): FileStat {
	const { size, mtimeMs, dev, ino } = stats;
	return { type: typeOf(stats), bytes: size, modifiedMs: mtimeMs, device: dev, fileNumber: ino };
}

function typeOf(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): EntryType {
	if (entry.isFile()) return "file";
	if (entry.isDirectory()) return "folder";
	return entry.isSymbolicLink() ? "symlink" : "special";
}

/** The code of a Node error ("EACCES"), or its name. */
export function errorCode(error: unknown): string {
	if (error instanceof Error) return "code" in error && typeof error.code === "string" ? error.code : error.name;
	return "unknown";
}
