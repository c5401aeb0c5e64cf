import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { valueInGitConfig } from "#engine/feed/gitConfig";
import { excludeTexts } from "#engine/feed/gitExcludes";
import { code, collect, inTree, outcomes, type Tree } from "./feedTree.ts";
import { gitConfigs } from "./gitConfigs.ts";

const named = (file: string): string => `[core]\n\texcludesFile = ${file}\n`;

describe("engine/feed/gitConfig", () => {
	for (const { text, value } of gitConfigs) {
		it(`reads ${JSON.stringify(text)}`, () => equal(valueInGitConfig(text, "core", "excludesfile"), value));
	}
});

describe("engine/feed/gitExcludes", () => {
	const rows: readonly [string, Tree, readonly string[]][] = [
		["nothing where there is nothing", {}, []],
		["the default place", { "xdg/git/ignore": "d" }, ["d"]],
		["a file below the home folder", { ".gitconfig": named("~/mine"), mine: "m", "xdg/git/ignore": "d" }, ["m"]],
		[
			"~/.gitconfig above the other",
			{ ".gitconfig": named("~/a"), "xdg/git/config": named("~/b"), a: "a", b: "b" },
			["a"],
		],
		["the other alone", { ".gitconfig": "[user]", "xdg/git/config": named("~/b"), b: "b" }, ["b"]],
		[
			"the repository's above both",
			{ ".gitconfig": named("~/a"), "project/.git/config": named("own"), a: "a", "project/own": "o" },
			["o"],
		],
		["an empty name as none", { ".gitconfig": named(""), "xdg/git/ignore": "d" }, []],
		["a missing file as none", { ".gitconfig": named(":(optional)~/gone"), "xdg/git/ignore": "d" }, []],
		["info/exclude last", { "xdg/git/ignore": "d", "project/.git/info/exclude": "e" }, ["d", "e"]],
	];
	for (const [name, tree, expected] of rows) {
		it(`takes ${name}`, () =>
			inTree(tree, (folder) => {
				const environment = { HOME: folder, XDG_CONFIG_HOME: join(folder, "xdg") };
				deepEqual(excludeTexts(join(folder, "project"), environment), expected);
			}));
	}

	it("takes another global configuration where the environment names one", () =>
		inTree({ ".gitconfig": named("~/a"), other: named("~/b"), a: "a", b: "b" }, (folder) => {
			const environment = { HOME: folder, GIT_CONFIG_GLOBAL: join(folder, "other") };
			deepEqual(excludeTexts(undefined, environment), ["b"]);
		}));

	it("leaves out what the user never wants, in a repository and in a plain folder; the project may take it back", () =>
		inTree(
			{
				"xdg/git/ignore": "*.scratch.ts\n",
				"plain/a.scratch.ts": code("a"),
				"plain/b.ts": code("b"),
				"repository/.git/HEAD": "",
				"repository/c.scratch.ts": code("c"),
				"repository/kept/.gitignore": "!*.scratch.ts\n",
				"repository/kept/d.scratch.ts": code("d"),
			},
			async (folder) => {
				const before = process.env["XDG_CONFIG_HOME"];
				process.env["XDG_CONFIG_HOME"] = join(folder, "xdg");
				try {
					const plain = outcomes(await collect([join(folder, "plain")]));
					deepEqual(plain, { "a.scratch.ts": "ignored", "b.ts": "used" });
					const repository = outcomes(await collect([join(folder, "repository")]));
					equal(repository["c.scratch.ts"], "ignored");
					equal(repository["kept/d.scratch.ts"], "used");
				} finally {
					process.env["XDG_CONFIG_HOME"] = before;
				}
			},
		));
});
