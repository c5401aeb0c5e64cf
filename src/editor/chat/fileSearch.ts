/** Which files a name in a question may mean: where none is looked for, and which comes first. */
import { folderKind, foldersNotEntered } from "#base/folderNames";

/** Lines of an ignore file that are looked at. More would be too much for one search. */
const mostLines = 200;

export interface FoundFile {
	/** In its workspace, with `/`. */
	readonly path: string;
	readonly open: boolean;
}

export interface RuleTexts {
	readonly gitignore: string;
	readonly attuneignore: string;
}

/** Whether a file lies where a model is shown nothing from, unless `.attuneignore` says otherwise. */
export function isLeftOut(path: string): boolean {
	return path
		.split("/")
		.slice(0, -1)
		.some((name) => folderKind(name) !== undefined);
}

/**
 * The places that are not searched, as one glob: the folders that a model is shown nothing from, what `search.exclude` names, and what
 * the ignore file at the top names plainly. What its patterns leave out may be found, and is left out by the policy alone.
 */
export function unsearched(excluded: Readonly<Record<string, unknown>>, rules: RuleTexts): string {
	const [attune, git] = [linesOf(rules.attuneignore), linesOf(rules.gitignore)];
	const lifted = takenBack(attune);
	const folders = foldersNotEntered.filter((name) => !lifted.has(name)).map((name) => `**/${anyCase(name)}/**`);
	const settings = Object.entries(excluded).flatMap(([glob, on]) => (on === true ? alternatives(glob) : []));
	return `{${[...folders, ...settings, ...plainlyIgnored([...git, ...attune])].join(",")}}`;
}

/** Those with `name` in their paths: the file of that name, then those that begin so; of them those that are open, then the shortest path. */
export function bestFirst<File extends FoundFile>(files: readonly File[], name: string): readonly File[] {
	if (name === "") return files;
	return files
		.filter(({ path }) => path.toLowerCase().includes(name.toLowerCase()))
		.sort((a, b) => rank(a.path, name) - rank(b.path, name) || lengthOf(a) - lengthOf(b));
}

/** A glob of `text`, written in capitals or not. */
export function anyCase(text: string): string {
	return [...text].map((c) => (/\p{L}/u.test(c) ? `[${c.toLowerCase()}${c.toUpperCase()}]` : c)).join("");
}

function rank(path: string, name: string): number {
	const whole = `/${path.toLowerCase()}`;
	const at = whole.lastIndexOf(`/${name.toLowerCase()}`);
	if (at < 0) return 2;
	const rest = whole.slice(at + 1 + name.length);
	if (rest === "") return 0;
	return rest.includes("/") ? 2 : 1;
}

function lengthOf({ path, open }: FoundFile): number {
	return open ? 0 : path.length;
}

/** Names and paths without a pattern, unless they are taken back. */
function plainlyIgnored(lines: readonly string[]): readonly string[] {
	const lifted = takenBack(lines);
	return lines
		.filter((line) => /^[\w./@+-]+$/.test(line) && !lifted.has(bare(line)))
		.flatMap((line) => {
			const place = /^\/|\/./.test(line) ? bare(line) : `**/${bare(line)}`;
			return [place, `${place}/**`];
		});
}

function takenBack(lines: readonly string[]): ReadonlySet<string> {
	return new Set(lines.filter((line) => line.startsWith("!")).map((line) => bare(line.slice(1))));
}

function linesOf(text: string): readonly string[] {
	return text
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "")
		.slice(0, mostLines);
}

function bare(line: string): string {
	return line.replace(/^\/|\/$/g, "");
}

/** Globs without alternatives: not every search knows alternatives inside alternatives. */
function alternatives(glob: string): readonly string[] {
	const [, before = "", inside, after = ""] = /^(.*)\{([^{}]*)\}(.*)$/.exec(glob) ?? [];
	if (inside === undefined) return [glob];
	return inside.split(",").flatMap((one) => alternatives(`${before}${one}${after}`));
}
