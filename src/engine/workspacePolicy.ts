import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import type { FolderRules } from "#adapt/policy/ignoreRules";
import { createPolicy, type Policy } from "#adapt/policy/policy";
import type { FeedItem } from "#adapt/source";
import { entranceOf } from "./feed/enterFolder.ts";
import { type FileSystem, nodeFileSystem } from "./feed/fileSystem.ts";
import { createReader, failed, skipped } from "./feed/readFile.ts";
import { type Root, resolveRoots } from "./feed/roots.ts";
import { attuneHome, type Home, ownFolders } from "./home.ts";

/**
 * The feed's policy for one path at a time: may this open file be used for a prompt, has this changed file something to learn?
 * Answers as the feed would, near-copies apart; rule files are read anew each time, so a changed `.gitignore` counts at once.
 */
export interface WorkspacePolicy {
	/** The item of a file, `undefined` for a path outside every root. `unsaved`: judge these bytes instead of those on disk. */
	judge(absolute: string, unsaved?: Uint8Array): FeedItem | undefined;
	/** Whether the feed enters the folder. */
	enters(absolute: string): boolean;
}

export interface WorkspacePolicyOptions {
	readonly policy?: Policy;
	readonly fileSystem?: FileSystem;
	/** Where Attune keeps things: never entered. Default: that of the environment. */
	readonly home?: Home;
}

/** Throws a `workspace` error for a root that is missing. */
export function openWorkspacePolicy(roots: readonly string[], options: WorkspacePolicyOptions = {}): WorkspacePolicy {
	const { policy = createPolicy(), fileSystem = nodeFileSystem, home = attuneHome() } = options;
	const own = ownFolders(home);
	const resolved = resolveRoots(roots);
	const read = createReader(fileSystem, policy);

	/** Rules in the folder at `path` of the root, or the item for a file in it, named `name`, that is out of reach. */
	const reach = (root: Root, path: string, name: string): FolderRules | FeedItem => {
		const entrance = entranceOf(fileSystem, policy, root, own);
		let rules = entrance.root();
		let folder = "";
		for (const part of path === "" ? [] : path.split("/")) {
			folder = folder === "" ? part : `${folder}/${part}`;
			try {
				const { type } = fileSystem.stat(join(root.absolute, folder));
				if (type !== "folder")
					return skipped(name, type === "symlink" ? "symlink" : "special", `${folder} is no folder`);
			} catch (error) {
				return failed(name, error);
			}
			const verdict = entrance.verdict(folder, rules);
			const entered = verdict.kind === "skip" ? verdict : entrance.enter(folder, rules, verdict.lifted);
			if ("kind" in entered) return skipped(name, entered.reason, `${folder}/: ${entered.detail}`);
			rules = entered;
		}
		return rules;
	};

	return {
		judge(absolute, unsaved) {
			const found = locate(resolved, absolute);
			if (found === undefined) return undefined;
			const { root, path } = found;
			const name = root.prefix + path;
			if (root.kind === "file") {
				const judgedPath = root.absolute.replaceAll("\\", "/");
				return read({ absolute: root.absolute, path: name, judgedPath }, "explicit", unsaved);
			}
			const rules = reach(root, path.includes("/") ? dirname(path) : "", name);
			if ("kind" in rules) return rules;
			const judgedPath = entranceOf(fileSystem, policy, root, own).judgedPath(path);
			return read({ absolute: join(root.absolute, path), path: name, judgedPath }, rules, unsaved);
		},
		enters(absolute) {
			const found = locate(resolved, absolute);
			return found !== undefined && !("kind" in reach(found.root, found.path, found.path));
		},
	};
}

/** The innermost root that holds the path, and the path in it ("" for the root itself). Roots may be reached through links. */
function locate(roots: readonly Root[], absolute: string): { readonly root: Root; readonly path: string } | undefined {
	let best: { readonly root: Root; readonly path: string } | undefined;
	for (const candidate of [absolute, throughLinks(absolute)]) {
		for (const root of roots) {
			const inside = relative(root.absolute, candidate);
			if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) continue;
			if (root.kind === "file" && inside !== "") continue;
			const path = inside.split(sep).join("/");
			if (best === undefined || path.length < best.path.length) best = { root, path };
		}
		if (best) return best;
	}
	return undefined;
}

/** The path with the links in its folder resolved, but not its own. */
function throughLinks(absolute: string): string {
	try {
		return join(realpathSync(dirname(absolute)), basename(absolute));
	} catch {
		return absolute;
	}
}
