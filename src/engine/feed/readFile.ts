import { languageOf } from "#adapt/language";
import type { FolderRules } from "#adapt/policy/ignoreRules";
import type { Policy, Skip } from "#adapt/policy/policy";
import type { FeedItem, SkipReason } from "#adapt/source";
import { errorCode, type FileStat, type FileSystem } from "./fileSystem.ts";

export interface FileToRead {
	/** Where the file is. */
	readonly absolute: string;
	/** What the feed calls it. */
	readonly path: string;
	/** Relative to the folder of the outermost rules: what the policy judges. */
	readonly judgedPath: string;
}

export type Reader = (file: FileToRead, rules: FolderRules | "explicit", given?: Uint8Array) => FeedItem;

/** What else leaves a text out, asked last, with its bytes, which are those of another file after the call. */
export type Objection = (path: string, utf8: Uint8Array) => FeedItem | undefined;

/**
 * Reads files under a policy, one at a time, into one buffer. `given`: bytes to judge instead of those on disk (an unsaved
 * editor). Nothing a file does makes it throw.
 */
export function createReader(fileSystem: FileSystem, policy: Policy, objection?: Objection): Reader {
	let buffer = Buffer.allocUnsafeSlow(64 * 1024);
	return (file, rules, given) => {
		const { path } = file;
		let before: FileStat;
		try {
			before = fileSystem.stat(file.absolute);
		} catch (error) {
			return failed(path, error);
		}
		if (before.type === "folder") return skipped(path, "special", "a folder");
		const facts = { type: before.type, bytes: given?.length ?? before.bytes };
		const verdict = policy.file(file.judgedPath, facts, rules);
		if (verdict.kind === "skip") return skipped(path, verdict.reason, verdict.detail);

		let bytes = given;
		if (bytes === undefined) {
			if (buffer.length < before.bytes) buffer = Buffer.allocUnsafeSlow(Math.max(before.bytes, 2 * buffer.length));
			try {
				let binary: Skip | undefined;
				const goesOn = (first: Uint8Array): boolean => {
					binary = policy.start(first, before.bytes);
					return binary === undefined;
				};
				const { length, after } = fileSystem.read(file.absolute, buffer.subarray(0, before.bytes), goesOn);
				if (binary !== undefined) return skipped(path, binary.reason, binary.detail);
				// One that grew tells so by its new length.
				if (length !== before.bytes || !sameFile(before, after)) return skipped(path, "changed", "while it was read");
				bytes = buffer.subarray(0, length);
			} catch (error) {
				return failed(path, error);
			}
		}
		const content = policy.content(file.judgedPath, bytes, verdict.lifted);
		if (content.kind === "skip") return skipped(path, content.reason, content.detail);
		const { text, utf8 } = content;
		const source = { path, text, bytes: utf8.length, modifiedMs: before.modifiedMs, language: languageOf(path) };
		return objection?.(path, utf8) ?? { kind: "file", file: source };
	};
}

export function skipped(path: string, reason: SkipReason, detail: string): FeedItem {
	return { kind: "skipped", skipped: { path, reason, detail } };
}

/** The item for a file or folder on which the file system failed. */
export function failed(path: string, error: unknown): FeedItem {
	const code = errorCode(error);
	if (code === "ENOENT" || code === "ENOTDIR" || code === "ESTALE") {
		// Names that are not UTF-8 come out of a listing damaged and can't be opened by it.
		if (path.includes("\uFFFD")) return skipped(path, "unreadable", "its name is not valid UTF-8");
		return skipped(path, "changed", "vanished before it was read");
	}
	if (code === "ELOOP") return skipped(path, "changed", "became a symbolic link");
	return skipped(path, "unreadable", code);
}

function sameFile(before: FileStat, after: FileStat): boolean {
	return (
		before.device === after.device &&
		before.fileNumber === after.fileNumber &&
		before.bytes === after.bytes &&
		before.modifiedMs === after.modifiedMs &&
		after.type === "file"
	);
}
