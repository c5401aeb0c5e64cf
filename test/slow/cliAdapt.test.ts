/** `attune adapt` on a real project with the shipped model, then everything one does with the adapter. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Completion } from "#engine/complete";
import { attuneHome, workspaceFiles } from "#engine/home";
import type { ScoreResult } from "#engine/score";
import type { Example } from "#protocol/history";
import type { AdaptResult } from "#protocol/learning";
import { attune, done, type Ended } from "#test/slow/commandLine";
import { copySource, filesWith, hashOf, snapshot, wideProject } from "#test/slow/realProject";
import { writeTinyModel } from "#test/support/tinyModel";

/** Joined here, so that this file holds no secret itself. */
const canary = ["ghp", "R7mQ2xZ9kLpW4tVb8NcYfH3sJ6dGaE1uTo5i"].join("_");

describe("cli/adapt, on a real project", () => {
	const place = mkdtempSync(join(tmpdir(), "attune cli – 試し "));
	const home = join(place, "home");
	const project = join(place, "my project");
	const out = join(place, "adapters", "first");
	let untouched: Record<string, string>;
	let ended: Ended;
	let result: AdaptResult & { readonly examples: readonly Example[] };

	before(async () => {
		plant(project);
		untouched = snapshot(project);
		ended = await attune(
			["adapt", project, "--updates", "12", "--minutes", "2", "--list", "--examples", "--out", out],
			{ home },
		);
		equal(ended.code, 0, ended.err);
		result = JSON.parse(ended.out) as AdaptResult & { examples: readonly Example[] };
	});
	after(() => rmSync(place, { recursive: true, force: true }));

	it("reports one object with everything in it", () => {
		equal(ended.out.trim().split("\n").length, 1);
		for (const key of keysOfReport) ok(key in result, key);
		const { files, windows, passes, heldOut, guard, seconds } = result;
		equal(result.model, "starter");
		equal(result.device, "cpu");
		deepEqual([result.preset, result.seed], ["code", 42]);
		equal(files.seen, files.used + Object.values(files.skipped).reduce((sum, count) => sum + count, 0));
		ok(files.used >= 30, String(files.used));
		ok(windows.scored > 0 && windows.selected > 0 && windows.heldOut > 0);
		ok(passes.backward > 0 && passes.backward <= 12, String(passes.backward));
		equal(result.coverage.heldOutBy, "files");
		for (const metrics of [heldOut?.before, heldOut?.after, guard?.before, guard?.after])
			for (const key of ["perplexity", "bitsPerByte", "top1", "exactMatch", "editSimilarity", "tokens", "bytes"])
				ok(metrics !== undefined && key in metrics, key);
		for (const key of ["reading", "scoring", "learning", "judging", "total"] as const) ok(seconds[key] > 0, key);
		deepEqual(result.budget, { minutes: 2, updates: 12 });
		equal(result.tokenizerDoubt, undefined);
		ok(result.estimate !== null && result.estimate.windows.toScore > 0);
		const took = result.seconds.total / result.estimate.seconds.total;
		ok(took > 0.2 && took < 3, `${took} times the time that was said`);
	});

	it("says on standard error what it is doing and what came of it", () => {
		const estimate = /^estimate +about .* and \d+ MiB: \d+ windows to score, at most 12 steps$/m;
		for (const part of [/^model +starter on cpu$/m, estimate, /^verdict +accepted/m, /^done in/m])
			match(ended.err, part);
		match(ended.err, /held-out files +before +after +gain/);
	});

	it("shows rate and time left while it works", () => {
		match(ended.err, /^(scoring|learning|judging) +\d+ of \d+ (windows|steps), [\d.]+ a second, .+ left$/m);
	});

	it("lists the held-out files that gained most", () => {
		const [, table = ""] = ended.err.split(/^held-out files that gained most, bits per byte +before +after +gain$/m);
		const rows = table.trim().split("\n").slice(0, 5);
		equal(rows.length, 5);
		for (const [i, row] of rows.entries()) {
			const { path, before, after } = result.gains[i] ?? { path: "", before: 0, after: 0 };
			ok(after < before, path);
			const gain = `+${((100 * (before - after)) / before).toFixed(1)} %`;
			deepEqual(row.trim().split(/ {2,}/), [path, before.toFixed(3), after.toFixed(3), gain]);
		}
	});

	it("shows three lines of held-out files, gone on with before and after", () => {
		equal(result.examples.length, 3);
		const judged = new Set(result.gains.map(({ path }) => path));
		for (const { path, line, typed, actual, base, adapted } of result.examples) {
			ok(judged.has(path), path);
			equal(readFileSync(join(project, path), "utf8").split("\n")[line - 1], typed + actual);
			const shown = [
				...[`${path}:${line}`, `          ${typed.trim()}|`],
				...[`  before  ${base ?? "(nothing)"}`, `  after   ${adapted ?? "(nothing)"}`, `  is      ${actual}`],
			];
			ok(ended.err.includes(`\n${shown.join("\n")}\n`), shown.join("\n"));
		}
		ok(
			result.examples.some(({ base, adapted }) => base !== null || adapted !== null),
			"nothing was written at all",
		);
	});

	it("says beforehand about how much memory it will take", () => near(result));

	it("names each skipped file with its reason", () => {
		const reasons = new Map(result.skippedFiles.map(({ path, reason }) => [path, reason]));
		equal(reasons.get("token.ts"), "secretContent");
		equal(reasons.get(".env"), "secretName");
		equal(reasons.get("squeezed.js"), "minified");
		equal(reasons.get("made.ts"), "generated");
		equal(reasons.get("picture.png"), "binary");
		equal(reasons.get("private.ts"), "ignored");
		match(ended.err, /^skipped +token\.ts: secretContent/m);
	});

	it("lets no secret out: not in the home, the adapter or what it prints", () => {
		deepEqual(
			filesWith(place, canary).sort(),
			[join(project, ".env"), join(project, "private.ts"), join(project, "token.ts")].sort(),
		);
		ok(!ended.out.includes(canary) && !ended.err.includes(canary));
	});

	it("leaves the project as it was", () => deepEqual(snapshot(project), untouched));

	it("accepts an adapter that makes held-out files cheaper, as `score` sees it", async () => {
		equal(result.accepted, true, result.verdict);
		equal(result.adapter, out);
		ok(result.heldOut !== null && result.heldOut.after.bitsPerByte < result.heldOut.before.bitsPerByte);
		const heldOut = result.gains.map(({ path }) => join(project, path));
		ok(heldOut.length >= 5);
		const words = ["score", ...heldOut, "--threads", "1"];
		const base = await done<ScoreResult>(words, { home });
		const adapted = await done<ScoreResult>([...words, "--adapter", out], { home });
		equal(base.files.length, heldOut.length);
		ok(adapted.total.bitsPerByte < base.total.bitsPerByte);
		for (const { nll, tokens, perplexity, bytes, path } of [...base.files, ...adapted.files]) {
			ok(path !== "" && bytes > 0 && tokens > 0);
			ok(Math.abs(perplexity - Math.exp(nll / tokens)) < 1e-6 * perplexity);
		}
	});

	it("completes a line with the adapter and without", async () => {
		const words = ["complete", join(project, "base", "random.ts"), "--line", "20", "--column", "5", "--threads", "1"];
		for (const more of [[], ["--adapter", out]]) {
			const { text, reason, tokens, milliseconds } = await done<Completion>([...words, ...more], { home });
			ok(!/[\r\n]/.test(text));
			equal(reason === "completed", text !== "");
			ok(tokens <= 48 && milliseconds.load > 0 && milliseconds.prompt > 0);
		}
	});
});

describe("cli/adapt, again and elsewhere", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-again-"));
	const home = join(place, "home");
	const project = join(place, "a", "project");
	const model = ["--model", writeTinyModel(join(place, "tiny"))];
	const words = ["adapt", project, ...model, "--updates", "20", "--threads", "1"];
	const weightsOf = (adapter: string | null) => hashOf(join(adapter ?? "nowhere", "adapter_model.safetensors"));
	let first: AdaptResult;
	let weights: string;

	before(async () => {
		wideProject(project);
		first = await done<AdaptResult>(words, { home });
		equal(first.accepted, true, first.verdict);
		weights = weightsOf(first.adapter);
	});
	after(() => rmSync(place, { recursive: true, force: true }));

	it("scores nothing again, and makes the same bytes", async () => {
		const again = await done<AdaptResult>(words, { home });
		deepEqual(first.estimate?.windows, { toScore: first.windows.scored, cached: 0 });
		deepEqual(again.estimate?.windows, { toScore: 0, cached: first.windows.scored });
		ok(again.passes.forward < first.passes.forward - first.windows.scored);
		equal(weightsOf(again.adapter), weights);
		deepEqual(again.heldOut, first.heldOut);
	});

	it("makes the same bytes in another place, another home and on two threads", async () => {
		const elsewhere = join(place, "elsewhere");
		wideProject(elsewhere);
		const cold = await done<AdaptResult>(["adapt", elsewhere, ...model, "--updates", "20", "--threads", "2"], {
			home: join(place, "other home"),
		});
		deepEqual(cold.estimate?.windows, first.estimate?.windows);
		equal(weightsOf(cold.adapter), weights);
	});

	it("says beforehand how much memory a tiny model takes", () => near(first));

	it("makes others with another seed", async () => {
		const other = await done<AdaptResult>([...words, "--seed", "7", "--out", join(place, "seven")], { home });
		notEqual(weightsOf(join(place, "seven")), weights);
		equal(other.seed, 7);
	});

	it("serves nothing that was rejected: the adapter from before stays, byte for byte", async () => {
		const served = snapshot(first.adapter ?? "");
		const paper = ["--preset", "paper", "--objective", "perplexity"];
		// The paper's first step has the rate 0: an adapter that changes nothing.
		const result = await done<AdaptResult>([...words, ...paper, "--updates", "1"], { home });
		deepEqual([result.accepted, result.adapter, result.objective], [false, null, "perplexity"]);
		match(result.verdict, /^rejected: /);
		deepEqual(snapshot(first.adapter ?? ""), served);
	});

	it("judges nothing that is too small", async () => {
		const small = join(place, "small");
		mkdirSync(small);
		writeFileSync(join(small, "one.ts"), "export const one = 1;\n");
		const result = await done<AdaptResult>(["adapt", small, ...model, "--updates", "5"], { home });
		deepEqual([result.accepted, result.adapter, result.heldOut], [false, null, null]);
		match(result.verdict, /^too small to judge/);
		const { adapter, checkpoint } = workspaceFiles(attuneHome({ ATTUNE_HOME: home }), [small]);
		ok(existsSync(home) && !existsSync(adapter) && !existsSync(checkpoint));
	});

	it("lists models and devices and prints a graph", async () => {
		const { models } = await done<{ models: { name: string }[] }>(["models", "list"], { home });
		equal(models[0]?.name, "starter");
		const info = await done<{ models: { parameters: number; modelType: string }[] }>(["models", "info", "starter"], {
			home,
		});
		equal(info.models[0]?.modelType, "llama");
		ok((info.models[0]?.parameters ?? 0) > 1e6);
		const { devices } = await done<{ devices: { provider: string; ok: boolean; reason: string }[] }>(["devices"], {
			home,
		});
		ok(devices.some(({ provider, ok: works }) => provider === "cpu" && works));
		for (const { ok: works, reason } of devices) ok(works || reason !== "");
		const { kind, text } = await done<{ kind: string; text: string }>(["graph", "score"], { home });
		equal(kind, "score");
		match(text, /MatMul|Gemm/);
	});
});

/** The estimate against what the system counted in the end. */
function near({ estimate, peakRssMiB }: AdaptResult): void {
	const share = (estimate?.memoryMiB ?? 0) / peakRssMiB;
	ok(share > 0.65 && share < 1.35, `${estimate?.memoryMiB} MiB were said, ${peakRssMiB} MiB were taken`);
}

const keysOfReport = [
	...["model", "device", "preset", "seed", "files", "windows", "passes", "heldOut", "guard"],
	...["accepted", "verdict", "seconds", "peakRssMiB", "adapter"],
];

/** 36 files of this repository, and one of each kind that the model must never see. */
function plant(folder: string): void {
	copySource(folder, ["models", "text", "base", "graph/ops"]);
	const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
	write("token.ts", `export const token = "${canary}";\n`);
	write(".env", `TOKEN=${canary}\n`);
	write(".gitignore", "private.ts\n");
	write("private.ts", `// ${canary}\n`);
	write("squeezed.js", `${"function a(b){return b?c(b):d}".repeat(60)}\n`);
	write("made.ts", "// Code generated by a tool. DO NOT EDIT.\nexport const made = 1;\n");
	write(
		"picture.png",
		Uint8Array.from({ length: 300 }, (_, i) => (i * 37) % 256),
	);
}
