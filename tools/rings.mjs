/**
 * `npm test`: installs what is missing, builds, runs the rings of tests and closes with one line, `N passed, N failed`.
 * Exits 1 if a test failed, a ring died or nothing ran.
 *
 *     node tools/rings.mjs [unit|gradient|timing|golden|slow|editor ...]      all by default
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { ensureInstalled, run } from "./setup.mjs";

const apart = ["gradient", "timing", "golden", "slow", "editor"];
const insideEditor = "out/test/host/editorRing.child.js";
const rings = {
	unit: { has: (path) => !apart.some((ring) => path.startsWith(`${ring}/`)), timeout: 10_000, jobs: 2 },
	gradient: { has: (path) => path.startsWith("gradient/"), timeout: 60_000 },
	// What is timed in an editor, with nothing beside it.
	timing: {
		...{ program: [insideEditor, "alone"] },
		...{ has: (path) => path.startsWith("timing/"), timeout: 240_000, retries: 2 },
	},
	golden: { has: (path) => path.startsWith("golden/"), timeout: 120_000, jobs: 2, computes: true },
	slow: { has: (path) => path.startsWith("slow/"), timeout: 600_000, retries: 1, jobs: 2, computes: true },
	// First what runs inside an editor, then what drives one from outside; the longest file begins, so that no process is left with it alone.
	editor: {
		...{ program: [insideEditor, "together"], longest: "editor/learning.test.js" },
		...{ has: (path) => path.startsWith("editor/"), timeout: 240_000, retries: 2, jobs: 2 },
	},
};
const none = { passed: 0, failed: 0, skipped: 0 };

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

const results = [];
for (const ring of wanted.filter((name) => name !== "editor" && !rings[name].computes)) await finish(ring);
await runBesideTheEditor();
report();

/**
 * A window waits more than it computes. What computes runs beside it at nearly the lowest priority, which is the one a project is learned at,
 * so that the two share what windows leave; what the windows say is printed after it.
 */
async function runBesideTheEditor() {
	const computing = wanted.filter((name) => rings[name].computes);
	if (!wanted.includes("editor")) {
		for (const ring of computing) await finish(ring);
		return;
	}
	const folder = mkdtempSync(join(tmpdir(), "attune-editor-ring-"));
	try {
		const printed = join(folder, "printed.txt");
		const beside = computing.length > 0;
		const windows = finish("editor", beside ? { printed } : {});
		for (const ring of computing) await finish(ring, { givesWay: true });
		if (beside) process.stdout.write("\nThe editor's ring has run beside these; it is printed when it ends.\n");
		await windows;
		if (beside) process.stdout.write(readFileSync(printed));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function report() {
	const sum = (key) => results.reduce((total, result) => total + result[key], 0);
	process.stdout.write("\n");
	for (const { ring, passed, failed, skipped, seconds } of results) {
		process.stdout.write(
			`${ring}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds.toFixed(1)} s\n`,
		);
	}
	const skips = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
	process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed${skips}\n`);
	process.exitCode = sum("failed") > 0 || sum("passed") === 0 ? 1 : 0;
}

async function finish(ring, how = {}) {
	results.push({ ring, ...(await runRing(rings[ring], how)) });
}

/** Runs a ring's program, then its files in a mocha of their own. One that dies before it can count is one failure. */
async function runRing({ has, timeout, jobs, retries = 0, program, longest }, how) {
	const folder = mkdtempSync(join(tmpdir(), "attune-ring-"));
	const started = performance.now();
	const counts = [];
	try {
		if (program !== undefined) {
			const place = join(folder, "program.json");
			counts.push(await counted([program[0], place, ...program.slice(1)], place, how));
		}
		const files = builtTests(has, longest);
		if (files.length > 0) {
			const place = join(folder, "counts.json");
			const options = [
				["--no-config", "--forbid-only"],
				["--timeout", String(timeout)],
				// Processes and windows are held up by what else a machine does; what is wrong fails every time.
				["--retries", String(retries)],
				jobs === undefined ? [] : ["--parallel", "--jobs", String(jobs)],
				["--reporter", "./tools/reporter.mjs", "--reporter-option", `counts=${place}`],
			].flat();
			counts.push(await counted(["node_modules/mocha/bin/mocha.js", ...options, ...files], place, how));
		}
		const sum = (key) => counts.reduce((total, each) => total + each[key], 0);
		const seconds = (performance.now() - started) / 1000;
		return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped"), seconds };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function builtTests(has, longest) {
	return readdirSync("out/test", { recursive: true, encoding: "utf8" })
		.map((path) => path.replaceAll("\\", "/"))
		.filter((path) => path.endsWith(".test.js") && has(path))
		.sort((a, b) => Number(b === longest) - Number(a === longest) || (a < b ? -1 : 1))
		.map((path) => `out/test/${path}`);
}

/** `printed`: a file for what the program says; `givesWay`: it and what it starts let all but learning go first. */
async function counted(words, counts, { printed, givesWay = false }) {
	const said = printed === undefined ? "inherit" : "pipe";
	const child = spawn(process.execPath, words, { stdio: ["ignore", said, said] });
	if (givesWay) setPriority(child.pid, constants.priority.PRIORITY_LOW - 1);
	for (const stream of [child.stdout, child.stderr])
		stream?.on("data", (text) => writeFileSync(printed, text, { flag: "a" }));
	const status = await new Promise((resolve) => child.once("close", resolve));
	const { passed, failed, skipped } = readCounts(counts) ?? none;
	return { passed, failed: Math.max(failed, status === 0 ? 0 : 1), skipped };
}

function readCounts(path) {
	try {
		return JSON.parse(readFileSync(path, "utf8"));
	} catch {
		return undefined;
	}
}
