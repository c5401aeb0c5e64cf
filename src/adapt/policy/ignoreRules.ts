import ignore, { type Ignore } from "ignore";

/**
 * Ignore files of nested folders as one ordered list of patterns, the way Git reads them: `.git/info/exclude` first, then
 * each `.gitignore` from the outermost folder inwards, then each `.attuneignore` likewise. The last pattern that matches
 * decides, and nothing below an ignored folder can be taken back (gitignore(5)).
 */
export interface FolderRules {
	/** The folder these rules hold in, relative to the folder of the outermost rules; "" there. */
	readonly folder: string;
	/** A folder on the way here was taken back with `!` in an `.attuneignore`: guesses about its contents no longer count. */
	readonly lifted: boolean;
	readonly git: Ignore;
	readonly own: Ignore;
	/** Both lists, for this folder alone: the library remembers every path it tests, so it must die with the folder. */
	readonly both: Ignore;
	readonly generated: Ignore | undefined;
	readonly vendored: Ignore | undefined;
	readonly ignoreCase: boolean;
}

/** Texts of the rule files found in one folder. */
export interface RuleFiles {
	readonly gitignore?: string;
	readonly attuneignore?: string;
	/** `.gitattributes`: only `linguist-generated` and `linguist-vendored` are read. */
	readonly gitattributes?: string;
}

/** `lifted`: `.attuneignore` takes the path back by name. */
export type IgnoreVerdict = "ignored" | "lifted" | "none";

/** Rules before any folder is entered; `exclude` is the text of `.git/info/exclude`. */
export function outermostRules(exclude: string | undefined, ignoreCase: boolean): FolderRules {
	const options = { ignorecase: ignoreCase };
	const git = ignore(options).add(patternsIn(exclude ?? "", ""));
	const own = ignore(options);
	const both = ignore(options).add(git);
	return { folder: "", lifted: false, git, own, both, generated: undefined, vendored: undefined, ignoreCase };
}

/** The rules inside `folder` (relative like `FolderRules.folder`), which lies in the folder of `outer` or is that folder itself. */
export function enterFolder(outer: FolderRules, folder: string, files: RuleFiles, lifted = outer.lifted): FolderRules {
	const options = { ignorecase: outer.ignoreCase };
	const extended = (rules: Ignore, text: string | undefined): Ignore =>
		text === undefined ? rules : ignore(options).add(rules).add(patternsIn(text, folder));
	const git = extended(outer.git, files.gitignore);
	const own = extended(outer.own, files.attuneignore);
	const attributes = (rules: Ignore | undefined, attribute: string): Ignore | undefined => {
		const patterns = attributePatterns(files.gitattributes ?? "", attribute, folder);
		if (patterns.length === 0) return rules;
		return ignore(options)
			.add(rules ?? [])
			.add(patterns);
	};
	return {
		folder,
		lifted,
		git,
		own,
		both: ignore(options).add(git).add(own),
		generated: attributes(outer.generated, "linguist-generated"),
		vendored: attributes(outer.vendored, "linguist-vendored"),
		ignoreCase: outer.ignoreCase,
	};
}

/** What the ignore files say of `path` (relative like `FolderRules.folder`), which lies directly in the rules' folder. */
export function ignoreVerdict(rules: FolderRules, path: string, isFolder: boolean): IgnoreVerdict {
	const tested = isFolder ? `${path}/` : path;
	if (rules.both.test(tested).ignored) return "ignored";
	return rules.own.test(tested).unignored ? "lifted" : "none";
}

/** What `.gitattributes` says of the path: true or false where it says anything. */
export function attributeOf(rules: Ignore | undefined, path: string): boolean | undefined {
	const verdict = rules?.test(path);
	return verdict?.ignored ? true : verdict?.unignored ? false : undefined;
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
