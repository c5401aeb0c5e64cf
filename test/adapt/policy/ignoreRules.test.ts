import { deepEqual, equal } from "node:assert/strict";
import {
	enterFolder,
	type FolderRules,
	ignoreVerdict,
	outermostRules,
	type RuleFiles,
} from "#adapt/policy/ignoreRules";

/** Whether `path` is reached and let through, walking down from the top; `files` are rule files by folder. */
function ignored(files: Readonly<Record<string, RuleFiles>>, path: string, ...excludes: string[]): boolean {
	let rules: FolderRules = enterFolder(outermostRules(excludes, false), "", files[""] ?? {});
	const parts = path.split("/");
	for (let i = 1; i < parts.length; i++) {
		const folder = parts.slice(0, i).join("/");
		if (ignoreVerdict(rules, folder, true) === "ignored") return true;
		rules = enterFolder(rules, folder, files[folder] ?? {});
	}
	return ignoreVerdict(rules, path, false) === "ignored";
}

interface Row {
	readonly name: string;
	readonly files: Readonly<Record<string, string>>;
	readonly ignored: string;
	readonly kept: string;
}

const rows: readonly Row[] = [
	{ name: "names match at any depth", files: { "": "x.ts\n" }, ignored: "x.ts, a/x.ts, a/b/x.ts", kept: "y.ts, x.tsx" },
	{ name: "a slash anchors", files: { "": "/x\na/b\n" }, ignored: "x, a/b/c", kept: "c/x, c/a/b" },
	{ name: "a trailing slash means folders", files: { "": "x/\n" }, ignored: "x/a, c/x/a", kept: "x, c/x" },
	{ name: "nested files are relative", files: { a: "/x\ny\n" }, ignored: "a/x, a/y, a/b/y", kept: "x, y, a/b/x" },
	{
		name: "inner overrides outer",
		files: { "": "*.log\n", a: "!keep.log\n" },
		ignored: "k.log, a/k.log",
		kept: "a/keep.log, a/b/keep.log",
	},
	{
		name: "inner takes a folder back",
		files: { "": "build\n", a: "!build\n" },
		ignored: "build/x, b/build/x",
		kept: "a/build/x, a/build/c/x",
	},
	{
		name: "nothing comes back below an ignored folder",
		files: { "": "a/\n!a/keep\n", a: "!keep\n" },
		ignored: "a/keep, a/x",
		kept: "keep",
	},
	{ name: "a/* can be taken back", files: { "": "a/*\n!a/keep\n" }, ignored: "a/x, a/b/y", kept: "a/keep" },
	{
		name: "double stars",
		files: { "": "a/**/z\n**/q\nl/**\n", d: "**/m\n" },
		ignored: "a/z, a/b/c/z, k/q, l/x, d/m, d/e/m",
		kept: "z, m",
	},
	{
		name: "odd folder names",
		files: { "a [b]*": "/x\n!z\n", "c d ": "y\n", "#e": "x\n", "!f": "x\n" },
		ignored: "a [b]*/x, c d /y, #e/x, !f/x",
		kept: "x, y",
	},
	{
		name: "escapes, comments, CRLF, mark",
		files: { a: "\uFEFF# no\r\n\\#x\r\n\\!y\r\nz \r\n" },
		ignored: "a/#x, a/!y, a/z",
		kept: "a/x, a/no",
	},
];

describe("adapt/policy/ignoreRules", () => {
	for (const { name, files, ignored: gone, kept } of rows) {
		it(name, () => {
			const rules = Object.fromEntries(Object.entries(files).map(([folder, gitignore]) => [folder, { gitignore }]));
			const check = (list: string) => list.split(", ").map((path) => [path, ignored(rules, path)]);
			for (const [path, verdict] of check(gone)) equal(verdict, true, `${path} should be ignored`);
			for (const [path, verdict] of check(kept)) equal(verdict, false, `${path} should be kept`);
		});
	}

	it("puts the user's excludes below the repository's", () => {
		const verdicts = ["a.md", "b.md", "x.log"].map((path) => ignored({}, path, "\uFEFF*.md\n*.log", "!a.md\n"));
		deepEqual(verdicts, [false, true, true]);
	});

	it("puts .attuneignore above .gitignore, and .git/info/exclude below", () => {
		const files = {
			"": { gitignore: "*.md\n!plan.md\n", attuneignore: "!readme.md\nsrc/own\n" },
			src: { gitignore: "!readme.md\n*.md\n" },
		};
		deepEqual(
			["readme.md", "src/readme.md", "other.md", "plan.md", "src/own", "todo", "a/todo"].map((path) =>
				ignored(files, path, "todo\nplan.md\n"),
			),
			[false, false, true, false, true, true, true],
		);
	});
});
