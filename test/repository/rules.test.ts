import { deepEqual, equal } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";

/** Rules of the repository that no linter knows, each as a function from one file's path and text to what is wrong. */
type Rule = (path: string, text: string) => string[];

const maxLines = 300;

const rules: Record<string, Rule> = {
	"no file is longer than 300 lines": (_path, text) => {
		const lines = text.trimEnd().split("\n").length;
		return lines > maxLines ? [`${lines} lines`] : [];
	},
	"only the command line and the entry points print": (path, text) => {
		const mayPrint = !path.startsWith("src/") || /^src\/(cli|main)\//.test(path);
		return mayPrint ? [] : matches(text, /\bconsole\s*\./g);
	},
	"nothing is exported as default and nothing is an enum": (path, text) =>
		path.startsWith("src/") ? matches(text, /^\s*export\s+(default\b.*|(const\s+|declare\s+)*enum\b.*)/gm) : [],
	"no file is a barrel or a drawer for everything": (path, text) => [
		...(/\/(index|utils?|helpers?|common|misc)\.[a-z]+$/.test(path) ? ["such a name says nothing"] : []),
		...(path.startsWith("src/") ? matches(text, /^\s*export\s+(type\s+)?(\*|\{[^}]*\})[^;\n]*\bfrom\b.*/gm) : []),
	],
	"no test is switched off or alone": (path, text) =>
		path.endsWith(".test.ts") ? matches(text, /\b(?:it|describe)\.(?:only|skip)\b/g) : [],
	"nothing is left for later without a reason": (_path, text) =>
		matches(text, new RegExp(`\\b(?:${["TO", "DO"].join("")}|FIX${"ME"}|XX${"X"})\\b.*`, "g")),
};

describe("repository/rules", () => {
	const files = [...below("src"), ...below("test"), ...below("tools"), "esbuild.mjs"].filter((path) =>
		/\.(ts|mjs|js|py|sh)$/.test(path),
	);

	for (const [name, rule] of Object.entries(rules)) {
		it(name, () => {
			deepEqual(
				files.flatMap((path) => rule(path, readFileSync(path, "utf8")).map((wrong) => `${path}: ${wrong}`)),
				[],
			);
		});
	}

	it("each of them can fail", () => {
		const broken: [string, string, string][] = [
			["no file is longer than 300 lines", "src/base/long.ts", "a\n".repeat(maxLines + 1)],
			["only the command line and the entry points print", "src/engine/a.ts", 'console.log("here");'],
			["nothing is exported as default and nothing is an enum", "src/base/a.ts", "export default 1;"],
			["nothing is exported as default and nothing is an enum", "src/base/a.ts", "export const enum A { B }"],
			["no file is a barrel or a drawer for everything", "src/base/utils.ts", ""],
			["no file is a barrel or a drawer for everything", "src/base/a.ts", 'export { a } from "./b.ts";'],
			["no test is switched off or alone", "test/base/a.test.ts", `describe.${"only"}("a", () => {});`],
			["nothing is left for later without a reason", "tools/a.mjs", `// TO${"DO"}: later`],
		];
		for (const [name, path, text] of broken) equal(rules[name]?.(path, text).length, 1, `${name}: ${path}`);
		deepEqual(new Set(broken.map(([name]) => name)), new Set(Object.keys(rules)));
	});

	it("the newest entry of the changelog is the version of the package", () => {
		const version: string = JSON.parse(readFileSync("package.json", "utf8")).version;
		equal(/^## (\S+)/m.exec(readFileSync("CHANGELOG.md", "utf8"))?.[1], version);
	});
});

describe("repository/documents", () => {
	const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

	it("name only files that exist", () => {
		const known = new Set([...below("src"), ...below("test"), ...below("tools"), ...below("docs"), ...below("media")]);
		const planned = Object.keys(readTable()).map((layer) => `src/${layer}`);
		const folders = new Set([...planned, ...[...known].flatMap(parents)]);
		for (const document of documents) {
			const named = readFileSync(document, "utf8").matchAll(/`((?:src|test|tools|docs|media)\/[\w./-]+)`/g);
			const missing = [...named].map((match) => (match[1] ?? "").replace(/\/$/, ""));
			deepEqual(
				missing.filter((path) => !known.has(path) && !folders.has(path)),
				[],
				document,
			);
		}
	});

	it("name only scripts of package.json", () => {
		const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
		for (const document of documents) {
			const named = readFileSync(document, "utf8").matchAll(/npm run ([\w:-]+)/g);
			deepEqual(
				[...named].map((match) => match[1] ?? "").filter((name) => scripts[name] === undefined),
				[],
				document,
			);
		}
	});

	it("show the layer table as it is", () => {
		const table = readTable();
		const architecture = readFileSync("ARCHITECTURE.md", "utf8");
		for (const [layer, { imports, types }] of Object.entries(table)) {
			const cells =
				architecture
					.split("\n")
					.find((line) => line.startsWith(`| \`${layer}\` |`))
					?.split("|") ?? [];
			const wanted = layer === "main" ? ["anything"] : [...imports, ...types.map((other) => `types of ${other}`)];
			deepEqual(
				new Set(
					cells[3]
						?.trim()
						.split(", ")
						.filter((name) => name !== "-"),
				),
				new Set(wanted),
				layer,
			);
		}
	});

	it("give every dependency its reason", () => {
		const { dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
		const reasons = /## Dependencies[\s\S]*?\n## /.exec(readFileSync("ARCHITECTURE.md", "utf8"))?.[0] ?? "";
		const names = Object.keys({ ...dependencies, ...devDependencies });
		deepEqual(
			names.filter((name) => !reasons.includes(name)),
			[],
		);
	});

	it("show every picture there is, and none that is missing or takes long to load", () => {
		const shown = [...readFileSync("README.md", "utf8").matchAll(/docs\/pictures\/[\w-]+\.png/g)].map(([path]) => path);
		deepEqual(shown.sort(), below("docs/pictures").sort());
		deepEqual(
			shown.filter((path) => statSync(path).size > 150_000),
			[],
		);
	});

	it("keep the architecture within 300 lines", () => {
		equal(readFileSync("ARCHITECTURE.md", "utf8").split("\n").length <= 300, true);
	});
});

function readTable(): Record<string, { imports: string[]; types: string[] }> {
	return JSON.parse(readFileSync("tools/layers.json", "utf8"));
}

function parents(path: string): string[] {
	return path.split("/").map((_, i, all) => all.slice(0, i).join("/"));
}

function below(folder: string): string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => `${entry.parentPath.replaceAll("\\", "/")}/${entry.name}`);
}

function matches(text: string, pattern: RegExp): string[] {
	return [...text.matchAll(pattern)].map((match) => match[0].trim());
}
