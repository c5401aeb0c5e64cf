/**
 * `npm test`: installs what is missing, builds, runs the rings of tests one after another and closes with what failed or
 * was tried again, a line for each ring, and `N passed, N failed`. Exits 1 if a test failed, a ring died or nothing ran.
 *
 *     node tools/rings.mjs [unit|gradient|timing|golden|slow|editor ...]      all by default
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureInstalled, run } from "./setup.mjs";

const apart = ["gradient", "timing", "golden", "slow", "editor"];
const insideEditor = "out/test/host/editorRing.child.js";
const rings = {
	unit: { has: (path) => !apart.some((ring) => path.startsWith(`${ring}/`)), timeout: 10_000, jobs: 2 },
	gradient: { has: (path) => path.startsWith("gradient/"), timeout: 60_000 },
	// What is timed in an editor: one window at a time.
	timing: {
		...{ program: [insideEditor, "alone"] },
		...{ has: (path) => path.startsWith("timing/"), timeout: 240_000, retries: 2 },
	},
	golden: { has: (path) => path.startsWith("golden/"), timeout: 120_000, jobs: 2 },
	slow: { has: (path) => path.startsWith("slow/"), timeout: 600_000, retries: 1, again: true, jobs: 2 },
	// First what runs inside an editor, then what drives one from outside; the longest file begins, so that no process is left with it alone.
	editor: {
		...{ program: [insideEditor, "together"], longest: "editor/learning.test.js" },
		...{ has: (path) => path.startsWith("editor/"), timeout: 240_000, retries: 1, again: true, jobs: 2 },
	},
};

const none = { passed: 0, failed: 0, skipped: 0, remarks: [], broken: [] };

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(rings);
for (const ring of wanted) {
	if (rings[ring] === undefined) {
		process.stderr.write(`There is no ring "${ring}": use ${Object.keys(rings).join(", ")}.\n`);
		process.exit(2);
	}
}

ensureInstalled();
run(process.execPath, ["esbuild.mjs"]);
run(process.execPath, ["esbuild.mjs", "--test"]);

const results = wanted.map((ring) => ({ ring, ...runRing(rings[ring]) }));
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
process.stdout.write("\n");
for (const { ring, remarks } of results) {
	for (const remark of remarks) process.stdout.write(`${ring}, ${remark}\n`);
}
for (const { ring, passed, failed, skipped, seconds } of results) {
	process.stdout.write(`${ring}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds.toFixed(1)} s\n`);
}
const skips = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed${skips}\n`);
process.exitCode = sum("failed") > 0 || sum("passed") === 0 ? 1 : 0;

/** Runs one ring in a mocha of its own, and its program before. One that dies before it can count is one failure. */
function runRing({ has, timeout, jobs, retries = 0, again = false, program, longest }) {
	const files = readdirSync("out/test", { recursive: true, encoding: "utf8" })
		.map((path) => path.replaceAll("\\", "/"))
		.filter((path) => path.endsWith(".test.js") && has(path))
		.sort((a, b) => Number(b === longest) - Number(a === longest) || (a < b ? -1 : 1))
		.map((path) => `out/test/${path}`);
	if (files.length === 0) return { ...none, seconds: 0 };
	const folder = mkdtempSync(join(tmpdir(), "attune-ring-"));
	const counts = join(folder, "counts.json");
	const options = [
		["--no-config", "--forbid-only"],
		["--timeout", String(timeout)],
		// Processes and windows are held up by what else a machine does; what is wrong fails every time.
		["--retries", String(retries)],
		["--reporter", "./tools/reporter.mjs", "--reporter-option", `counts=${counts}`],
	].flat();
	const parallel = jobs === undefined ? [] : ["--parallel", "--jobs", String(jobs)];
	const mocha = (...words) => counted(["node_modules/mocha/bin/mocha.js", ...options, ...words], counts);
	const started = performance.now();
	try {
		const place = join(folder, "program.json");
		const inside = program === undefined ? none : counted([program[0], place, ...program.slice(1)], place);
		const first = mocha(...parallel, ...files);
		const tests =
			again && first.broken.length > 0 ? replaced(first, mocha(...first.broken.map(({ file }) => file))) : first;
		const sum = (key) => inside[key] + tests[key];
		const seconds = (performance.now() - started) / 1000;
		const remarks = [...inside.remarks, ...tests.remarks];
		return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped"), seconds, remarks };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** A journey's steps build on each other: files that hold a failure were run again, from their beginnings and with nothing beside them. */
function replaced(first, second) {
	const sum = (key) => first[key] - first.broken.reduce((total, counts) => total + counts[key], 0) + second[key];
	const remarks = [
		...first.remarks.map((remark) => remark.replace(/^failed/, "failed, its file run again")),
		...second.remarks,
	];
	return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped"), remarks, broken: second.broken };
}

function counted(words, counts) {
	rmSync(counts, { force: true });
	const { status } = spawnSync(process.execPath, words, { stdio: ["ignore", "inherit", "inherit"] });
	const read = readCounts(counts) ?? { ...none, remarks: [`no counts of ${words[0]}, which ended with ${status}`] };
	return { ...read, failed: Math.max(read.failed, status === 0 ? 0 : 1) };
}

function readCounts(path) {
	try {
		return JSON.parse(readFileSync(path, "utf8"));
	} catch {
		return undefined;
	}
}
