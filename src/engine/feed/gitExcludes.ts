/** Ignore rules that Git keeps outside the project: `info/exclude` of the repository and the user's `core.excludesFile`. */
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { valueInGitConfig } from "./gitConfig.ts";

const longestFile = 1 << 20;

/**
 * Texts of these files, the weakest first, as gitignore(5) orders them. `top`: the top of the repository, undefined outside of one: what
 * the user never wants in a repository is no more wanted from a folder without. A file that can't be read is as good as none.
 */
export function excludeTexts(top: string | undefined, environment: NodeJS.ProcessEnv = process.env): readonly string[] {
	const git = top === undefined ? undefined : gitFolder(top);
	const texts = [textOf(excludesFile(top, git, environment)), git && textOf(join(git, "info", "exclude"))];
	return texts.filter((text) => text !== undefined);
}

/** Where Git keeps what work trees share. In a linked work tree `.git` is a file that leads there (gitrepository-layout(5)). */
function gitFolder(top: string): string {
	const git = join(top, ".git");
	const link = textOf(git);
	if (link === undefined) return git;
	const own = resolve(top, link.replace(/^gitdir:\s*/, "").trim());
	const common = textOf(join(own, "commondir"));
	return common === undefined ? own : resolve(own, common.trim());
}

/** `core.excludesFile` of the last configuration that has it, else Git's own choice (git-config(1)). */
function excludesFile(top: string | undefined, git: string | undefined, environment: NodeJS.ProcessEnv): string {
	const set = (name: string): string | undefined => environment[name] || undefined;
	const home = set("HOME") ?? homedir();
	const folder = join(set("XDG_CONFIG_HOME") ?? join(home, ".config"), "git");
	const global = set("GIT_CONFIG_GLOBAL");
	const configs = global === undefined ? [join(folder, "config"), join(home, ".gitconfig")] : [global];
	if (git !== undefined) configs.push(join(git, "config"));
	let named: string | undefined;
	for (const config of configs) named = valueInGitConfig(textOf(config) ?? "", "core", "excludesfile") ?? named;
	if (named === undefined) return join(folder, "ignore");
	const path = named.replace(/^:\(optional\)/, "").replace(/^~(?=\/|$)/, () => home);
	// An empty name is Git's way to have none.
	return path === "" ? path : resolve(top ?? home, path);
}

function textOf(file: string): string | undefined {
	try {
		const stats = statSync(file);
		return stats.isFile() && stats.size <= longestFile ? readFileSync(file, "utf8") : undefined;
	} catch {
		return undefined;
	}
}
