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
	/** Fills `into` from the file's start; returns what was read and the facts at the end of it. Never follows a link, never waits. */
	read(path: string, into: Uint8Array): { readonly length: number; readonly after: FileStat };
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
	read(path, into) {
		const descriptor = openSync(path, readFlags);
		try {
			let length = 0;
			while (length < into.length) {
				const count = readSync(descriptor, into, length, into.length - length, null);
				if (count === 0) break;
				length += count;
			}
			return { length, after: statOf(fstatSync(descriptor)) };
		} finally {
			closeSync(descriptor);
		}
	},
};

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
