import { join } from "node:path";
import type { FolderRules } from "#adapt/policy/ignoreRules";
import type { Policy, Skip } from "#adapt/policy/policy";
import type { FileSystem } from "./fileSystem.ts";
import type { Root } from "./roots.ts";
import { isToolMade, type RootRules, rulesInside, rulesOutside } from "./ruleFiles.ts";

/** The way into folders that the walk and the judge of single paths share: the rules inside, or why it is not entered. */
export interface Entrance {
	/** What the policy judges for a path relative to the root. */
	judgedPath(path: string): string;
	root(names?: ReadonlySet<string>): FolderRules;
	/** What its place, the ignore files and the name say of the folder at `path`, without looking inside. */
	verdict(path: string, outer: FolderRules): ReturnType<Policy["folder"]>;
	/** Goes inside after `verdict` allowed it. `names`: what the folder holds, if that is known. */
	enter(path: string, outer: FolderRules, lifted: boolean, names?: ReadonlySet<string>): FolderRules | Skip;
}

/** `own`: folders of Attune's, links resolved. Inside a project they are not entered, whatever `.attuneignore` says. */
export function entranceOf(fileSystem: FileSystem, policy: Policy, root: Root, own: ReadonlySet<string>): Entrance {
	const outside: RootRules = rulesOutside(fileSystem, root.absolute);
	const judgedPath = (path: string): string => (outside.base === "" ? path : `${outside.base}/${path}`);
	return {
		judgedPath,
		root: (names) => rulesInside(fileSystem, root.absolute, outside.base, outside.rules, outside.rules.lifted, names),
		verdict(path, outer) {
			if (own.has(join(root.absolute, path)))
				return { kind: "skip", reason: "excludedFolder", detail: "Attune's own, not the project's" };
			return policy.folder(judgedPath(path), outer);
		},
		enter(path, outer, lifted, names) {
			const absolute = join(root.absolute, path);
			if (!lifted && isToolMade(fileSystem, absolute, names)) {
				return { kind: "skip", reason: "excludedFolder", detail: "made by a tool" };
			}
			return rulesInside(fileSystem, absolute, judgedPath(path), outer, lifted, names);
		},
	};
}
