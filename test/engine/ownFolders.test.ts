import { deepEqual, equal, ok } from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { attuneHome } from "#engine/home";
import { openWorkspacePolicy } from "#engine/workspacePolicy";
import { code, collect, inTree, outcomes, type Tree, writeTree } from "./feedTree.ts";

/** What a home holds that could be taken for text of a project. */
const home = (at: string): Tree => ({
	[`${at}/workspaces/p-1/adapter/attune.json`]: `{"note": ${JSON.stringify(code("state"))}}`,
	[`${at}/models/m/README.md`]: code("readme"),
	[`${at}/weights/w/notes.md`]: code("weights"),
});

describe("engine/home", () => {
	it("takes no empty or relative folder for the platform's, as it would lie in the project", () => {
		for (const name of ["XDG_DATA_HOME", "LOCALAPPDATA"])
			for (const value of ["", "data"]) deepEqual(attuneHome({ [name]: value }), attuneHome({}), name);
		ok(isAbsolute(attuneHome({}).root));
	});
});

describe("engine/home inside a project", () => {
	it("is not entered, whatever .attuneignore says, by the feed or for a single file", () =>
		inTree({ ...home("state/of mine"), ".attuneignore": "!state/**\n", "a.ts": code("a") }, async (folder) => {
			const options = { home: attuneHome({ ATTUNE_HOME: join(folder, "state/of mine") }) };
			const items = await collect([folder], options);
			deepEqual(outcomes(items), { ".attuneignore": "used", "a.ts": "used", "state/of mine/": "excludedFolder" });
			const own = items.find((item) => item.kind === "skipped");
			equal(own?.kind === "skipped" && own.skipped.detail, "Attune's own, not the project's");
			const policy = openWorkspacePolicy([folder], options);
			const read = policy.judge(join(folder, "state/of mine/models/m/README.md"));
			equal(read?.kind === "skipped" && read.skipped.reason, "excludedFolder");
			equal(policy.enters(join(folder, "state/of mine")), false);
			equal(policy.enters(join(folder, "state")), true);
		}));

	it("is recognised through links, and before it is there", () =>
		inTree({ ...home("real"), "a.ts": code("a") }, async (folder) => {
			symlinkSync(".", join(folder, "link"));
			const at = (path: string) => ({ home: attuneHome({ ATTUNE_HOME: join(folder, path) }) });
			equal(outcomes(await collect([folder], at("link/real")))["real/"], "excludedFolder");
			const policy = openWorkspacePolicy([folder], at("link/later/home"));
			writeTree(folder, home("later/home"));
			deepEqual(
				["real", "later", "later/home"].map((path) => policy.enters(join(folder, path))),
				[true, true, false],
			);
		}));

	it("may be the project's own folder: only its parts are left out", () =>
		inTree({ ...home("."), "src/a.ts": code("a") }, async (folder) => {
			const options = { home: attuneHome({ ATTUNE_HOME: folder }) };
			deepEqual(outcomes(await collect([folder], options)), {
				"models/": "excludedFolder",
				"src/a.ts": "used",
				"weights/": "excludedFolder",
				"workspaces/": "excludedFolder",
			});
			deepEqual(outcomes(await collect([join(folder, "src")], options)), { "a.ts": "used" });
		}));

	it("is found by its place in the environment if nobody names it", () =>
		inTree({ ...home("state"), "a.ts": code("a") }, async (folder) => {
			const before = process.env["ATTUNE_HOME"];
			process.env["ATTUNE_HOME"] = join(folder, "state");
			try {
				deepEqual(outcomes(await collect([folder])), { "a.ts": "used", "state/": "excludedFolder" });
			} finally {
				if (before === undefined) delete process.env["ATTUNE_HOME"];
				else process.env["ATTUNE_HOME"] = before;
			}
		}));

	it("does not cover an adapter that --out put elsewhere in the project: its files say what it is", () =>
		inTree({ "out/adapter_config.json": "{}", "out/attune.json": code("x"), "a.ts": code("a") }, async (folder) => {
			deepEqual(outcomes(await collect([folder])), { "a.ts": "used", "out/": "excludedFolder" });
		}));
});
