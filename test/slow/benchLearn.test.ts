/** `attune bench learn` from end to end, of a model of no size: its figures mean nothing, that it measures does. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchLearn } from "#engine/bench/learn";
import { benchShapes } from "#engine/bench/model";
import type { BenchRow } from "#engine/bench/row";
import { programFile } from "#engine/home";
import { attune, type Failure } from "#test/slow/commandLine";
import { needPython } from "#test/support/needs";

const words = ["bench", "learn", "--shape", "tiny", "--rounds", "1", "--threads", "1"];
const compared = ["learn step", "peak memory of learning", "scoring", "start: program, load, graph, first step"];
const own = ["share of the product peak", "product peak", "unselected window", "graph building"];

describe("bench learn", function () {
	this.timeout(600_000);
	const place = mkdtempSync(join(tmpdir(), "attune-bench-"));
	const at = { home: join(place, "home") };
	after(() => rmSync(place, { recursive: true, force: true }));

	it("measures ours and PyTorch's in turn, on the same work", async function () {
		needPython(this);
		const { code, out, err } = await attune([...words, "--rival"], at);
		equal(code, 0, err);
		const { rows } = JSON.parse(out) as { rows: readonly BenchRow[] };
		deepEqual(rows.map(({ name }) => name).sort(), [...compared, ...own].sort());
		for (const { name, ours, rival, ratio, runs } of rows) {
			ok(Number.isFinite(ours) && ours > 0 && runs >= 1, name);
			deepEqual([rival !== null, ratio !== null], Array(2).fill(compared.includes(name)), name);
			if (rival === null || ratio === null) continue;
			ok(rival > 0 && Number.isFinite(ratio), name);
			// Of one process each: then the ratio is that of the two values shown.
			if (runs === 1) ok(Math.abs(ratio / (ours / rival) - 1) < 1e-9, name);
		}
		match(err, /^ +ours +rival +ratio +runs +asked$/m);
		match(err, /^learn step, tokens\/s .* ratio >= 1\.1: (holds|missed)$/m);
		match(err, /^product peak, GFLOP\/s [^:]*$/m);
	});

	it("fails with --hold where a bar is missed or was not measured, after telling all of it", async () => {
		const { code, out, err } = await attune([...words, "--hold"], at);
		const { rows, error } = JSON.parse(out) as Pick<Failure, "error"> & { readonly rows: readonly BenchRow[] };
		deepEqual([code, error.code, rows.length], [1, "internal", compared.length + own.length]);
		match(error.reason, /^bars that do not hold: learn step: ratio >= 1\.1 not measured; share of the product peak: /);
		match(err, /^graph building, s .* ours <= 1: (holds|missed)$/m);
	});

	it("compares nothing with a rival that does other work", async function () {
		if (process.platform === "win32") this.skip();
		const rival = join(place, "rival");
		const ready = JSON.stringify({ ready: true, firstLoss: 3, peakRssMiB: 1, attention: "eager" });
		writeFileSync(rival, `#!${process.execPath}\nprocess.stdin.resume();\nconsole.log(${JSON.stringify(ready)});\n`);
		chmodSync(rival, 0o755);
		const options = {
			...{ shape: benchShapes.tiny, rounds: 1, threads: 1, benchFile: programFile("bench") },
			cache: join(at.home, "bench"),
		};
		await rejects(benchLearn({ ...options, python: rival, onRound: () => ok(false, "it went on") }), {
			message: /^learn: our first loss is [\d.]+, the rival's 3$/,
		});
	});
});
