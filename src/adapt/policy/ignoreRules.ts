import ignore, { type Ignore } from "ignore";

/**
 * Ignore files of nested folders as one ordered list of patterns, the way Git reads them: first those outside the project (the
 * user's `core.excludesFile`, then `.git/info/exclude`), then each `.gitignore` from the outermost folder inwards, then each
 * `.attuneignore` likewise. The last pattern that matches decides, and nothing below an ignored folder can be taken back
 * (gitignore(5)).
 */
export interface FolderRules {
	/** A folder on the way here was taken back with `!` in an `.attuneignore`: guesses about its contents no longer count. */
	readonly lifted: boolean;
	readonly git: Patterns;
	readonly own: Patterns;
	/** `git`, then `own`. */
	readonly both: Patterns;
	/** What `.gitattributes` marks as linguist-generated and linguist-vendored. */
	readonly generated: Patterns;
	readonly vendored: Patterns;
	readonly ignoreCase: boolean;
}

/** Most lists hold no pattern, and asking one costs as much as asking any: those are undefined. */
type Patterns = Ignore | undefined;

/** Texts of the rule files found in one folder. */
export interface RuleFiles {
	readonly gitignore?: string;
	readonly attuneignore?: string;
	/** `.gitattributes`: only `linguist-generated` and `linguist-vendored` are read. */
	readonly gitattributes?: string;
}

/** `lifted`: `.attuneignore` takes the path back by name. */
export type IgnoreVerdict = "ignored" | "lifted" | "none";

/** Rules before any folder is entered; `excludes` are the texts of files outside the project, the weakest first. */
export function outermostRules(excludes: readonly string[], ignoreCase: boolean): FolderRules {
	const patterns = excludes.flatMap((text) => patternsIn(text, ""));
	const git = patterns.length === 0 ? undefined : ignore({ ignorecase: ignoreCase }).add(patterns);
	return { lifted: false, git, own: undefined, both: git, generated: undefined, vendored: undefined, ignoreCase };
}

/**
 * The rules inside `folder`, a path relative to the folder of the outermost rules ("" for that one). Each folder gets lists of its
 * own, sharing the compiled patterns: the library remembers every path that a list tests, so lists must die with their folder.
 */
export function enterFolder(outer: FolderRules, folder: string, files: RuleFiles, lifted = outer.lifted): FolderRules {
	const joined = (rules: Patterns, more: Ignore | readonly string[]): Ignore =>
		ignore({ ignorecase: outer.ignoreCase })
			.add(rules ?? [])
			.add(more);
	const extended = (rules: Patterns, more: readonly string[]): Patterns =>
		rules === undefined && more.length === 0 ? undefined : joined(rules, more);
	const git = extended(outer.git, patternsIn(files.gitignore ?? "", folder));
	const own = extended(outer.own, patternsIn(files.attuneignore ?? "", folder));
	const attributes = files.gitattributes ?? "";
	return {
		lifted,
		git,
		own,
		both: own ? joined(git, own) : git,
		generated: extended(outer.generated, attributePatterns(attributes, "linguist-generated", folder)),
		vendored: extended(outer.vendored, attributePatterns(attributes, "linguist-vendored", folder)),
		ignoreCase: outer.ignoreCase,
	};
}

/** What the ignore files say of `path` (relative like that of `enterFolder`), which lies directly in the rules' folder. */
export function ignoreVerdict(rules: FolderRules, path: string, isFolder: boolean): IgnoreVerdict {
	const tested = isFolder ? `${path}/` : path;
	if (rules.both?.test(tested).ignored) return "ignored";
	return rules.own?.test(tested).unignored ? "lifted" : "none";
}

/** What `.gitattributes` says of the path: true or false where it says anything. */
export function attributeOf(rules: Patterns, path: string): boolean | undefined {
	const { ignored, unignored } = rules?.test(path) ?? {};
	return ignored ? true : unignored ? false : undefined;
}

function patternsIn(text: string, folder: string): string[] {
	const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
	return lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => below(line, folder));
}

function attributePatterns(text: string, attribute: string, folder: string): string[] {
	const patterns: string[] = [];
	for (const line of text.split(/\r?\n/)) {
		const [pattern, ...attributes] = line.trim().split(/\s+/);
		// Quoted patterns and macros (`[attr]`) are rare enough to be left to Git.
		if (!pattern || /^["#[!]/.test(pattern)) continue;
		for (const entry of attributes) {
			const [name = "", value = "true"] = entry.split("=");
			if (name === attribute) patterns.push(below(value === "false" ? `!${pattern}` : pattern, folder));
			else if (name === `-${attribute}` || name === `!${attribute}`) patterns.push(below(`!${pattern}`, folder));
		}
	}
	return patterns;
}

/** The pattern of an ignore file in `folder`, rewritten to mean the same in the outermost folder. */
function below(line: string, folder: string): string {
	if (folder === "") return line;
	const negated = line.startsWith("!");
	const pattern = negated ? line.slice(1) : line;
	const trimmed = pattern.replace(/ +$/, "");
	if (trimmed === "") return "";
	const slash = trimmed.indexOf("/");
	const anchored = slash >= 0 && slash < trimmed.length - 1;
	const prefix = `/${folder.replace(/[\\*?[\] ]/g, "\\$&")}/`;
	const rest = anchored ? pattern.replace(/^\//, "") : `**/${pattern}`;
	return `${negated ? "!" : ""}${prefix}${rest}`;
}
