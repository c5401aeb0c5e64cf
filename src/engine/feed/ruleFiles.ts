import { statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import {
	enterFolder,
	type FolderRules,
	ignoreVerdict,
	outermostRules,
	type RuleFiles,
} from "#adapt/policy/ignoreRules";
import { toolMadeMarkers } from "#base/folderNames";
import type { FileSystem } from "./fileSystem.ts";
import { excludeTexts } from "./gitExcludes.ts";

/** Windows and macOS compare names without case, and Git does so there. */
const ignoreCase = process.platform === "win32" || process.platform === "darwin";

const ruleFileNames = {
	gitignore: ".gitignore",
	attuneignore: ".attuneignore",
	gitattributes: ".gitattributes",
} as const;
const longestRuleFile = 1 << 20;

/** Rules that hold at a root, and where the root lies in the folder they start from: "" or a path like `packages/a`. */
export interface RootRules {
	readonly rules: FolderRules;
	readonly base: string;
}

/**
 * Rules before `root` itself is entered. In a Git repository they start at its top, so that a part of a project obeys the whole
 * project's ignore files; a root that the repository ignores was named on purpose and starts afresh.
 */
export function rulesOutside(fileSystem: FileSystem, root: string): RootRules {
	const afresh = (): RootRules => ({ rules: outermostRules(excludeTexts(undefined), ignoreCase), base: "" });
	const top = repositoryTop(root);
	if (top === undefined) return afresh();
	let rules = outermostRules(excludeTexts(top), ignoreCase);
	const base = relative(top, root).split(sep).join("/");
	if (base === "") return { rules, base };
	let folder = "";
	for (const name of base.split("/")) {
		rules = rulesInside(fileSystem, join(top, folder), folder, rules, rules.lifted);
		folder = folder === "" ? name : `${folder}/${name}`;
		if (ignoreVerdict(rules, folder, true) === "ignored") return afresh();
	}
	return { rules, base };
}

/** Rules inside a folder. `names`: what it holds, if that is known already. */
export function rulesInside(
	fileSystem: FileSystem,
	absolute: string,
	judgedPath: string,
	outer: FolderRules,
	lifted: boolean,
	names?: ReadonlySet<string>,
): FolderRules {
	const files: Record<string, string> = {};
	for (const [key, name] of Object.entries(ruleFileNames)) {
		if (names && !names.has(name)) continue;
		const text = ruleText(fileSystem, join(absolute, name));
		if (text !== undefined) files[key] = text;
	}
	return enterFolder(outer, judgedPath, files as RuleFiles, lifted);
}

/** Whether a file in the folder says that a tool made it. */
export function isToolMade(fileSystem: FileSystem, absolute: string, names?: ReadonlySet<string>): boolean {
	for (const marker of toolMadeMarkers) {
		if (names ? names.has(marker) : exists(fileSystem, join(absolute, marker))) return true;
	}
	return false;
}

/** The nearest folder at or above `root` that holds `.git`. */
function repositoryTop(root: string): string | undefined {
	for (let folder = root; ; ) {
		if (statSync(join(folder, ".git"), { throwIfNoEntry: false })) return folder;
		const parent = dirname(folder);
		if (parent === folder) return undefined;
		folder = parent;
	}
}

/** Text of a rule file; like Git, not through a link. One that can't be read is as good as none, and is listed as unreadable. */
function ruleText(fileSystem: FileSystem, path: string): string | undefined {
	try {
		const { type, bytes } = fileSystem.stat(path);
		if (type !== "file" || bytes > longestRuleFile) return undefined;
		const buffer = Buffer.alloc(bytes);
		return buffer.toString("utf8", 0, fileSystem.read(path, buffer).length);
	} catch {
		return undefined;
	}
}

function exists(fileSystem: FileSystem, path: string): boolean {
	try {
		return fileSystem.stat(path).type === "file";
	} catch {
		return false;
	}
}
