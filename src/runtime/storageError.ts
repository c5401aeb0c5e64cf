import { AttuneError, messageOf } from "#base/errors";

const remedies: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
	ENOSPC: ["the disk is full", "Free some space and start again; nothing half-written was left behind."],
	EDQUOT: ["the disk quota is used up", "Free some space and start again; nothing half-written was left behind."],
	EFBIG: ["the file system allows no file of this size", "Choose a folder on another file system."],
	EACCES: ["permission denied", "Allow writing there, or choose another folder."],
	EPERM: ["permission denied", "Allow writing there, or choose another folder."],
	EROFS: ["the file system is read-only", "Choose a folder that can be written."],
	ENOENT: ["there is no such file or folder", "Check the path."],
	ENOTDIR: ["a part of the path is a file, not a folder", "Check the path."],
	EISDIR: ["this is a folder, not a file", "Check the path."],
};

/** `error` of the file system while `doing` something with `file`, in the user's words. An AttuneError passes through. */
export function storageError(error: unknown, file: string, doing: string): AttuneError {
	if (error instanceof AttuneError) return error;
	const number = errorNumber(error);
	const unknown = number === undefined ? "Please report this." : "Check the disk and the folder, then start again.";
	const [reason, remedy] = remedies[number ?? ""] ?? [messageOf(error), unknown];
	return new AttuneError("storage", `${doing} failed: ${reason}`, { file, remedy, cause: error });
}

/** The symbolic error number ("ENOENT", ...) of an error of Node's, if it has one. */
export function errorNumber(error: unknown): string | undefined {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === "string" ? code : undefined;
}
