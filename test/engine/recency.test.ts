import { deepEqual, equal } from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { readCorpus } from "#adapt/corpus";
import { roleOfFile } from "#adapt/holdOut";
import { neverCancelled } from "#base/cancel";
import { feed } from "#engine/feed";
import { fakeTokenizer } from "../adapt/fakeTokenizer.ts";
import { code, inTree } from "./feedTree.ts";

/** Training paths in the order in which their time comes, of a project whose files changed `hours` ago. */
async function learnedFirst(
	hours: Readonly<Record<string, number>>,
	trainTokens: number,
	more = {},
): Promise<string[]> {
	const files = Object.fromEntries(Object.keys(hours).map((path, i) => [path, code(`f${i}`)]));
	return await inTree({ ...files, ...more }, async (folder) => {
		for (const [path, age] of Object.entries(hours)) {
			const seconds = 1.7e9 - age * 3_600;
			utimesSync(join(folder, path), seconds, seconds);
		}
		const { train } = await readCorpus(feed([folder]), fakeTokenizer(), trainTokens, neverCancelled);
		return train.map(({ path }) => path);
	});
}

describe("engine/feed, recently changed files first", () => {
	const names = Array.from({ length: 20 }, (_, i) => `part${i % 3}/file${i}.ts`);
	const trained = names.filter((path) => roleOfFile(path) === "train").slice(0, 6);
	// The byte order of the names says nothing of their ages.
	const hours = Object.fromEntries(trained.map((path, i) => [path, 4 ** ((i * 5 + 2) % 6)]));
	const byAge = [...trained].sort((a, b) => (hours[a] ?? 0) - (hours[b] ?? 0));

	it("goes by the times of the files: no Git is needed", async () => {
		equal(trained.length, 6);
		deepEqual(await learnedFirst(hours, 1e6), byAge);
	});

	it("goes by them in a repository too, and keeps the newest where not all fit", async () => {
		const two = fakeTokenizer().encode(code("f0")).length * 1.5;
		deepEqual(await learnedFirst(hours, two, { ".git/HEAD": "ref: refs/heads/main\n" }), byAge.slice(0, 2));
	});
});
