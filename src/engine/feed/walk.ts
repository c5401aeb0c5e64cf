import { join, sep } from "node:path";
import type { FolderRules } from "#adapt/policy/ignoreRules";
import type { Policy, Skip } from "#adapt/policy/policy";
import type { FeedItem } from "#adapt/source";
import { entranceOf } from "./enterFolder.ts";
import type { FileSystem, FolderEntry } from "./fileSystem.ts";
import { failed, type Reader, skipped } from "./readFile.ts";
import type { Root } from "./roots.ts";

interface OpenFolder {
	/** Relative to the root, "" or ending in "/". */
	readonly prefix: string;
	/** Where it is, with a separator at the end. */
	readonly absolute: string;
	/** What is left to do, last first. */
	readonly entries: FolderEntry[];
	readonly rules: FolderRules;
}

/**
 * Everything below a folder in the order of full paths, byte by byte. A folder that is not entered is one skipped item, its path
 * ending in "/". Holds the listings of the open folders, nothing of the files. `own`: see `entranceOf`.
 */
export function* walk(
	fileSystem: FileSystem,
	policy: Policy,
	read: Reader,
	root: Root,
	own: ReadonlySet<string>,
): Generator<FeedItem> {
	const entrance = entranceOf(fileSystem, policy, root, own);
	const stack: OpenFolder[] = [];

	/** Opens the folder at `path` with the rules that `rulesOf` makes of the names in it, or gives the item that says why not. */
	const open = (path: string, rulesOf: (names: ReadonlySet<string>) => FolderRules | Skip): FeedItem | undefined => {
		const prefix = path === "" ? "" : `${path}/`;
		const absolute = join(root.absolute, path);
		let entries: FolderEntry[];
		try {
			entries = [...fileSystem.list(absolute)];
		} catch (error) {
			return failed(root.prefix + prefix, error);
		}
		const rules = rulesOf(new Set(entries.map((entry) => entry.name)));
		if ("kind" in rules) return skipped(root.prefix + prefix, rules.reason, rules.detail);
		stack.push({ prefix, absolute: join(absolute, sep), entries: entries.sort(byPathDescending), rules });
		return undefined;
	};

	const failure = open("", entrance.root);
	if (failure) yield failure;
	for (let folder = stack.at(-1); folder; folder = stack.at(-1)) {
		const { rules, prefix, entries } = folder;
		const entry = entries.pop();
		if (entry === undefined) {
			stack.pop();
			continue;
		}
		const path = prefix + entry.name;
		if (entry.type !== "folder") {
			const absolute = folder.absolute + entry.name;
			yield read({ absolute, path: root.prefix + path, judgedPath: entrance.judgedPath(path) }, rules);
			continue;
		}
		const verdict = entrance.verdict(path, rules);
		const item =
			verdict.kind === "skip"
				? skipped(`${root.prefix}${path}/`, verdict.reason, verdict.detail)
				: open(path, (names) => entrance.enter(path, rules, verdict.lifted, names));
		if (item) yield item;
	}
}

/** Order of the UTF-8 bytes of two paths: that of code points, in which surrogate pairs come after every single unit. */
export function comparePaths(a: string, b: string): number {
	const length = Math.min(a.length, b.length);
	for (let i = 0; i < length; i++) {
		const x = a.charCodeAt(i);
		const y = b.charCodeAt(i);
		if (x !== y) return rank(x) - rank(y);
	}
	return a.length - b.length;
}

function rank(unit: number): number {
	return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

function byPathDescending(a: FolderEntry, b: FolderEntry): number {
	return comparePaths(b.type === "folder" ? `${b.name}/` : b.name, a.type === "folder" ? `${a.name}/` : a.name);
}
