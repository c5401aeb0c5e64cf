/** `attune adapters`: the runs of a project on the command line. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attuneHome, workspaceFiles } from "#engine/home";
import type { Example, History } from "#protocol/history";
import type { AdaptResult } from "#protocol/learning";
import { attune } from "#test/slow/commandLine";
import { wideProject } from "#test/slow/realProject";
import { writeTinyModel } from "#test/support/tinyModel";

describe("cli/adapters", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-adapters-"));
	const home = join(place, "home");
	const project = join(place, "project");
	const files = () => workspaceFiles(attuneHome({ ATTUNE_HOME: home }), [project]);
	const adapt = async (seed: number) => {
		const budget = ["--updates", "12", "--threads", "1", "--seed", String(seed)];
		const words = ["adapt", project, "--model", join(place, "tiny"), ...budget, "--examples"];
		const { code, out, err } = await attune(words, { home });
		equal(code, 0, err);
		return JSON.parse(out) as AdaptResult & { readonly examples: readonly Example[] };
	};
	const adapters = async (...words: string[]) => {
		const { code, out, err } = await attune(["adapters", ...words], { home });
		equal(code, 0, err);
		return JSON.parse(out) as History;
	};
	let first: Awaited<ReturnType<typeof adapt>>;
	let second: Awaited<ReturnType<typeof adapt>>;

	before(async () => {
		writeTinyModel(join(place, "tiny"));
		wideProject(project);
		first = await adapt(1);
		second = await adapt(2);
	});
	after(() => rmSync(place, { recursive: true, force: true }));

	it("lists what was learned, newest first, and marks what is served", async () => {
		const { runs, served, damaged } = await adapters("list", project);
		deepEqual(
			runs.map(({ id }) => id),
			[second.run, first.run],
		);
		deepEqual([served, damaged], [second.run, []]);
		equal(runs[0]?.bitsPerByte?.after, second.heldOut?.after.bitsPerByte);
	});

	it("serves an earlier one again, none, and deletes", async () => {
		equal((await adapters("use", project, "--run", first.run ?? "")).served, first.run);
		ok(existsSync(files().adapter));
		equal((await adapters("off", project)).served, null);
		ok(!existsSync(files().adapter));
		await adapters("use", project, "--run", second.run ?? "");
		const { runs, served } = await adapters("delete", project, "--run", second.run ?? "");
		deepEqual([runs.length, served, existsSync(files().adapter)], [1, null, false]);
	});

	it("says what is wrong, and with which of the two exit codes", async () => {
		for (const [words, code, text] of [
			[["adapters", "list"], 2, /a folder is missing/],
			[["adapters", "sell", project], 2, /an action is one of/],
			[["adapters", "use", project], 2, /--run is missing/],
			[["adapters", "use", project, "--run", "20200101-000000-aaaa"], 2, /no such run/],
		] as const) {
			const ended = await attune(words, { home });
			equal(ended.code, code, ended.err);
			match(ended.err, text);
		}
	});

	it("shows lines of the project with what the model writes there, before and after", () => {
		ok(first.examples.length <= 3);
		for (const { path, line, typed, actual } of first.examples) {
			ok(first.gains.some((gain) => gain.path === path));
			ok(line > 0 && typed.length > 0 && actual.length > 0);
		}
		equal(
			JSON.stringify(first.examples.map(({ typed }) => typed)),
			JSON.stringify(second.examples.map(({ typed }) => typed)),
		);
	});
});
