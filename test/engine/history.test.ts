import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deleteRun, keepRun, listHistory, newRunId, pruneHistory, readReport, serveRun } from "#engine/history";
import { servedNow, serveUnlessOverruled } from "#engine/serveKept";
import type { AdaptResult } from "#protocol/learning";
import { madeUpProject } from "#test/adapt/project";
import { adapt } from "#test/adapt/run";

describe("engine/history", () => {
	let root: string;
	let places: { adapter: string; history: string };
	let result: Omit<AdaptResult, "adapter" | "run">;

	before(async () => {
		const { report } = await adapt(madeUpProject(12, 25));
		const skippedFiles = Array.from({ length: 1_500 }, (_, i) => ({ path: `s${i}`, reason: "binary" as const }));
		result = { model: "starter", device: "cpu", ...report, skippedFiles, peakRssMiB: 200 };
	});
	beforeEach(() => {
		root = mkdtempSync(join(tmpdir(), "attune-history-"));
		places = { adapter: join(root, "adapter"), history: join(root, "history") };
	});

	afterEach(() => rmSync(root, { recursive: true, force: true }));

	/** A run whose adapter holds `weights`; without, it left none. */
	const keep = (second: number, weights?: string) => {
		const id = newRunId(1_800_000_000_000 + second * 1000, "aa");
		const save = (folder: string) => {
			mkdirSync(folder);
			writeFileSync(join(folder, "adapter_model.safetensors"), weights ?? "");
			writeFileSync(join(folder, "attune.json"), JSON.stringify({ baseModelHash: "h", run: id }));
		};
		keepRun(places, id, 1_800_000_000_000 + second * 1000, result, weights === undefined ? undefined : save);
		return id;
	};
	const served = () => readFileSync(join(places.adapter, "adapter_model.safetensors"), "utf8");

	it("keeps what a run reported, newest first", () => {
		const [first, second] = [keep(1, "one"), keep(2)];
		const { runs, served: of, adapter, damaged } = listHistory(places);
		deepEqual([runs.map(({ id }) => id), of, adapter, damaged], [[second, first], null, null, []]);
		deepEqual(runs[1]?.bitsPerByte, {
			before: result.heldOut?.before.bitsPerByte,
			after: result.heldOut?.after.bitsPerByte,
		});
		const report = readReport(places, first);
		deepEqual(report.changes, result.changes);
		deepEqual(report.training?.losses, result.training?.losses);
		deepEqual([report.skippedFiles.length, report.skippedInAll], [1_000, 1_500]);
	});

	it("serves an earlier run again, none, and what is served survives that", () => {
		const [first, second] = [keep(1, "one"), keep(2, "two")];
		for (const [id, weights] of [
			[second, "two"],
			[first, "one"],
			[second, "two"],
		] as const) {
			serveRun(places, id);
			equal(served(), weights);
			equal(listHistory(places).served, id);
		}
		serveRun(places, null);
		deepEqual([listHistory(places).served, existsSync(places.adapter)], [null, false]);
		serveRun(places, first);
		equal(served(), "one");
	});

	it("refuses a run that left no adapter, one that is not there, and a path", () => {
		const rejected = keep(1);
		serveRun(places, keep(2, "two"));
		throws(() => serveRun(places, rejected), { code: "adapter", message: /left no adapter/ });
		for (const id of ["20260101-000000-aa", "..", "../adapter", "."]) {
			throws(() => serveRun(places, id), { code: "usage" });
			throws(() => deleteRun(places, id), { code: "usage" });
		}
		equal(served(), "two");
	});

	it("serves what keep-learning learned only where the user has not chosen meanwhile", () => {
		const [first, second, learned] = [keep(1, "one"), keep(2, "two"), keep(3, "learned")];
		serveRun(places, first);
		const judgedAgainst = servedNow(places.adapter);
		for (const choose of [() => serveRun(places, second), () => serveRun(places, null)]) {
			choose();
			const chosen = listHistory(places).served;
			equal(serveUnlessOverruled(places, learned, judgedAgainst), false);
			equal(listHistory(places).served, chosen);
			equal(serveUnlessOverruled(places, learned, servedNow(places.adapter)), true);
			equal(served(), "learned");
		}
		serveRun(places, first);
		deleteRun(places, first);
		equal(serveUnlessOverruled(places, learned, judgedAgainst), false);
		deepEqual([listHistory(places).served, servedNow(places.adapter)], [null, null]);
	});

	it("deletes a run; one that is served is switched off", () => {
		const [first, second] = [keep(1, "one"), keep(2, "two")];
		serveRun(places, second);
		deleteRun(places, first);
		equal(listHistory(places).served, second);
		deleteRun(places, second);
		const { runs, served: of } = listHistory(places);
		deepEqual([runs, of, existsSync(places.adapter)], [[], null, false]);
	});

	it("names a damaged run, shows the others, and lets it be deleted", () => {
		const [first, second] = [keep(1, "one"), keep(2, "two")];
		writeFileSync(join(places.history, first, "report.json"), '{"id":');
		const { runs, damaged } = listHistory(places);
		deepEqual([runs.map(({ id }) => id), damaged], [[second], [first]]);
		deleteRun(places, first);
		deepEqual(listHistory(places).damaged, []);
	});

	for (const [what, damage] of [
		["no seconds", { seconds: undefined }],
		["no reading", { heldOut: { before: {} } }],
	] as const)
		it(`takes a report with ${what} for damaged, as of another version`, () => {
			const id = keep(1, "one");
			const file = join(places.history, id, "report.json");
			writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...damage }));
			const { runs, damaged } = listHistory(places);
			deepEqual([runs, damaged], [[], [id]]);
		});

	it("lists, prunes and deletes where the record of what is served is damaged", () => {
		const [first, second] = [keep(1, "one"), keep(2, "two")];
		serveRun(places, first);
		writeFileSync(join(places.adapter, "attune.json"), "{");
		deepEqual([listHistory(places).served, listHistory(places).runs.length], [null, 2]);
		pruneHistory(places, { runs: 1, bytes: 1e9 });
		deepEqual(
			listHistory(places).runs.map(({ id }) => id),
			[second],
		);
		deleteRun(places, second);
		deepEqual(listHistory(places).runs, []);
	});

	it("drops the oldest beyond its bounds, never the newest nor what is served", () => {
		const ids = [1, 2, 3, 4, 5].map((second) => keep(second, "w".repeat(1_000)));
		serveRun(places, ids[0] ?? "");
		pruneHistory(places, { runs: 3, bytes: 1e9 });
		deepEqual(
			listHistory(places).runs.map(({ id }) => id),
			[ids[4], ids[3], ids[2], ids[0]],
		);
		pruneHistory(places, { runs: 3, bytes: 10 });
		deepEqual(
			listHistory(places).runs.map(({ id }) => id),
			[ids[4], ids[0]],
		);
		ok(listHistory(places).bytes > 2_000);
	});
});
