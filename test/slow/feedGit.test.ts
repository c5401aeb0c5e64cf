import { deepEqual, equal } from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { code, collect, inTree, outcomes } from "../engine/feedTree.ts";
import { gitConfigs } from "../engine/gitConfigs.ts";

const names = ["a", "b", "c", "ab", "a.b", "a[b]", "x y", "#c", "!c"];
const part = fc.constantFrom(
	...names.slice(0, 5),
	"*",
	"?",
	"**",
	"a*",
	"*b",
	"*.*",
	"[ab]",
	"[!a]",
	"a\\[b]",
	"x\\ y",
	"x*",
);
const pattern = fc
	.tuple(
		fc.constantFrom("", "", "!", "\\#", "\\!"),
		fc.constantFrom("", "", "/"),
		fc.array(part, { minLength: 1, maxLength: 3 }),
		fc.constantFrom("", "", "/", "/**", " ", "/*"),
	)
	.map(([sign, anchor, parts, end]) => sign + anchor + parts.join("/") + end);
const ignoreText = fc
	.tuple(fc.array(pattern, { minLength: 1, maxLength: 6 }), fc.constantFrom("\n", "\r\n"))
	.map(([lines, end]) => lines.join(end) + end);
const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const tree = fc.record({
	files: fc.uniqueArray(path, { minLength: 6, maxLength: 24 }),
	ignores: fc.dictionary(fc.oneof(fc.constant(""), path), ignoreText, { minKeys: 1, maxKeys: 4 }),
	exclude: fc.option(ignoreText, { nil: undefined }),
	global: fc.option(ignoreText, { nil: undefined }),
});

/** Paths that Git ignores of those given; tracked files do not matter. */
function ignoredByGit(folder: string, paths: readonly string[]): Set<string> {
	const options = { cwd: folder, input: paths.join("\0"), env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1" } };
	try {
		const output = execFileSync("git", ["check-ignore", "--no-index", "-z", "--stdin"], options);
		return new Set(output.toString("utf8").split("\0").filter(Boolean));
	} catch (error) {
		// Status 1 says that none is ignored.
		if ((error as { status?: number }).status === 1) return new Set();
		throw error;
	}
}

describe("engine/feed beside Git", function () {
	this.timeout(300_000);
	// Where Git looks for the user's excludes if no configuration names a file.
	const place = mkdtempSync(join(tmpdir(), "attune-git-"));
	const userExcludes = join(place, "git", "ignore");
	const outer = process.env["XDG_CONFIG_HOME"];
	before(() => {
		mkdirSync(dirname(userExcludes));
		process.env["XDG_CONFIG_HOME"] = place;
	});
	after(() => {
		if (outer !== undefined) process.env["XDG_CONFIG_HOME"] = outer;
		rmSync(place, { recursive: true, force: true });
	});

	it("finds in a configuration file what Git finds there", () => {
		const file = join(place, "config");
		for (const { text, value } of gitConfigs) {
			writeFileSync(file, text);
			const { stdout } = spawnSync("git", ["config", "--file", file, "core.excludesFile"], { encoding: "utf8" });
			equal(stdout === "" ? undefined : stdout.slice(0, -1), value, JSON.stringify(text));
		}
	});

	it("ignores what git check-ignore ignores, in random trees of ignore files", async () => {
		let ignoredSome = 0;
		let keptSome = 0;
		await fc.assert(
			fc.asyncProperty(tree, async ({ files, ignores, exclude, global }) => {
				// A path can't be a file and a folder at once.
				const free = files.filter((file) => !files.some((other) => other.startsWith(`${file}/`)));
				const content: Record<string, string> = {};
				for (const [i, file] of free.entries()) content[file] = code(`f${i}`);
				for (const [folder, text] of Object.entries(ignores)) {
					if (!free.some((file) => folder === file || folder.startsWith(`${file}/`)))
						content[join(folder, ".gitignore")] = text;
				}
				await inTree(content, async (folder) => {
					execFileSync("git", ["init", "-q"], { cwd: folder });
					if (exclude !== undefined)
						execFileSync("sh", ["-c", "cat > .git/info/exclude"], { cwd: folder, input: exclude });
					writeFileSync(userExcludes, global ?? "");
					const all = readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })
						.filter((entry) => entry.isFile())
						.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
						.filter((file) => !file.startsWith(".git/"));
					const theirs = ignoredByGit(folder, all);
					const result = outcomes(await collect([folder], { nearDuplicates: false }));
					const ours = all.filter((file) => result[file] === undefined || result[file] === "ignored");
					ignoredSome += ours.length;
					keptSome += all.length - ours.length;
					deepEqual(ours.sort(), [...theirs].sort());
				});
			}),
			{ numRuns: 150 },
		);
		equal(ignoredSome > 150 && keptSome > 150, true, `${ignoredSome} ignored, ${keptSome} kept`);
	});
});
