import { realpathSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { AttuneError } from "#base/errors";
import { errorCode } from "./fileSystem.ts";
import { comparePaths } from "./walk.ts";

/** A folder or a single file to read. */
export interface Root {
	readonly kind: "folder" | "file";
	/** Absolute, links resolved. */
	readonly absolute: string;
	/** What its paths start with: "" for a single folder, else its unique name (and "/" for a folder). */
	readonly prefix: string;
}

/** The roots in the order of their names. Throws a `workspace` error for one that is missing or neither folder nor file. */
export function resolveRoots(paths: readonly string[]): readonly Root[] {
	const found = [...new Set(paths.map(resolveRoot))].sort(comparePaths);
	const taken = new Set<string>();
	const roots = found.map((absolute): Root => {
		const isFolder = statSync(absolute).isDirectory();
		const name = uniqueName(basename(absolute) || "root", taken);
		if (!isFolder) return { kind: "file", absolute, prefix: name };
		return { kind: "folder", absolute, prefix: found.length === 1 ? "" : `${name}/` };
	});
	return roots.sort((a, b) => comparePaths(a.prefix, b.prefix));
}

/** Where the file of this path lies, the path being one that the feed gave for these roots. */
export function absolutePath(roots: readonly Root[], path: string): string {
	const root = roots.find(({ prefix }) => path.startsWith(prefix));
	if (root === undefined || root.kind === "file") return root?.absolute ?? path;
	return join(root.absolute, path.slice(root.prefix.length));
}

function resolveRoot(path: string): string {
	try {
		const absolute = realpathSync(resolve(path));
		const stats = statSync(absolute);
		if (stats.isDirectory() || stats.isFile()) return absolute;
	} catch (error) {
		const missing = ["ENOENT", "ENOTDIR"].includes(errorCode(error));
		throw new AttuneError(
			"workspace",
			missing ? "there is no such file or folder" : `can't be opened (${errorCode(error)})`,
			{
				file: path,
				remedy: missing
					? "Check the path for typing errors."
					: "Check that you may read it and that links in it lead somewhere.",
				cause: error,
			},
		);
	}
	throw new AttuneError("workspace", "is neither a folder nor a regular file", {
		file: path,
		remedy: "Name a project's folder or one of its files.",
	});
}

function uniqueName(name: string, taken: Set<string>): string {
	let unique = name;
	for (let n = 2; taken.has(unique); n++) unique = `${name}-${n}`;
	taken.add(unique);
	return unique;
}
