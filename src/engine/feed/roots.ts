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
	const root = roots.find(({ kind, prefix }) => (kind === "file" ? path === prefix : path.startsWith(prefix)));
	if (root === undefined || root.kind === "file") return root?.absolute ?? path;
	return join(root.absolute, path.slice(root.prefix.length));
}

const missing = { reason: "there is no such file or folder", remedy: "Check the path for typing errors." };
/** By Node's code. */
const failures: Readonly<Record<string, { readonly reason: string; readonly remedy: string }>> = {
	...{ ENOENT: missing, ENOTDIR: missing },
	ELOOP: {
		reason: "symbolic links lead in a circle (ELOOP)",
		remedy: "Name the folder itself, or make the link anew: it leads back to itself.",
	},
};

function resolveRoot(path: string): string {
	try {
		const absolute = realpathSync(resolve(path));
		const stats = statSync(absolute);
		if (stats.isDirectory() || stats.isFile()) return absolute;
	} catch (error) {
		const code = errorCode(error);
		const { reason, remedy } = failures[code] ?? {
			reason: `can't be opened (${code})`,
			remedy: "Check that you may read it.",
		};
		throw new AttuneError("workspace", reason, { file: path, remedy, cause: error });
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
