import { join } from "node:path";
import type { FolderRules } from "#adapt/policy/ignoreRules";
import type { Policy } from "#adapt/policy/policy";
import type { FeedItem } from "#adapt/source";
import type { FileSystem, FolderEntry } from "./fileSystem.ts";
import { failed, type Reader, skipped } from "./readFile.ts";
import type { Root } from "./roots.ts";
import { isToolMade, rulesInside, rulesOutside } from "./ruleFiles.ts";

interface OpenFolder {
	/** Relative to the root, "" or ending in "/". */
	readonly path: string;
	/** What is left to do, last first. */
	readonly entries: FolderEntry[];
	readonly rules: FolderRules;
}

/**
 * Everything below a folder in the order of full paths, byte by byte. A folder that is not entered is one skipped item, its path
 * ending in "/". Holds the listings of the open folders, nothing of the files.
 */
export function* walk(fileSystem: FileSystem, policy: Policy, read: Reader, root: Root): Generator<FeedItem> {
	const { rules: outer, base } = rulesOutside(fileSystem, root.absolute);
	const judged = (path: string): string => (base === "" ? path : `${base}/${path}`);

	const open = (path: string, rules: FolderRules, lifted: boolean): OpenFolder | FeedItem => {
		const absolute = join(root.absolute, path);
		let entries: FolderEntry[];
		try {
			entries = [...fileSystem.list(absolute)];
		} catch (error) {
			return failed(root.prefix + path, error);
		}
		const names = new Set(entries.map((entry) => entry.name));
		if (path !== "" && !lifted && isToolMade(fileSystem, absolute, names)) {
			return skipped(root.prefix + path, "excludedFolder", "made by a tool");
		}
		const judgedPath = path === "" ? base : judged(path.slice(0, -1));
		const inside = rulesInside(fileSystem, absolute, judgedPath, rules, lifted, names);
		return { path, entries: entries.sort(byPathDescending), rules: inside };
	};

	const stack: OpenFolder[] = [];
	const enter = (opened: OpenFolder | FeedItem): FeedItem | undefined => {
		if ("kind" in opened) return opened;
		stack.push(opened);
		return undefined;
	};
	const failure = enter(open("", outer, outer.lifted));
	if (failure) yield failure;
	for (let folder = stack.at(-1); folder; folder = stack.at(-1)) {
		const entry = folder.entries.pop();
		if (entry === undefined) {
			stack.pop();
			continue;
		}
		const path = folder.path + entry.name;
		if (entry.type !== "folder") {
			const file = { absolute: join(root.absolute, path), path: root.prefix + path, judgedPath: judged(path) };
			yield read(file, folder.rules);
			continue;
		}
		const verdict = policy.folder(judged(path), folder.rules);
		const item =
			verdict.kind === "skip"
				? skipped(`${root.prefix}${path}/`, verdict.reason, verdict.detail)
				: enter(open(`${path}/`, folder.rules, verdict.lifted));
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
