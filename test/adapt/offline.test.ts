import { deepEqual, equal, match, ok } from "node:assert/strict";
import { roleOfFile } from "#adapt/holdOut";
import { codePreset, type Preset, paperPreset, withObjective } from "#adapt/preset";
import type { LearningNow, Progress } from "#adapt/progress";
import type { AdaptInput } from "#adapt/session";
import { fakeTokenizer } from "#test/adapt/fakeTokenizer";
import { fileOf, madeUpCode, madeUpProject, noise } from "#test/adapt/project";
import { adapt, generalText, learnerOf, MemoryCache, MemoryCheckpoint, StepClock, tolerant } from "#test/adapt/run";

const project = madeUpProject(12, 25);
const minute = 60;

describe("adapt/offline", () => {
	it("learns a project and shows it on text it never trained on", async () => {
		const learner = learnerOf();
		const { report, verdict } = await adapt(project, { learner, preset: tolerant });
		equal(report.verdict.startsWith("accepted: held-out text costs"), true, report.verdict);
		ok(report.heldOut !== null && verdict.kind === "accepted");
		const { before, after } = report.heldOut;
		ok(after.bitsPerByte < 0.8 * before.bitsPerByte);
		ok(after.perplexity < before.perplexity && after.top1 > before.top1);
		ok(Math.abs(verdict.change.mean - (after.bitsPerByte - before.bitsPerByte)) < 1e-9);
		ok(verdict.change.low < verdict.change.mean && verdict.change.mean < verdict.change.high);
		deepEqual([before.tokens, before.bytes], [after.tokens, after.bytes]);
		equal(report.passes.backward, 40);
		deepEqual(report.passes, learner.passes);
		equal(report.windows.scored, 120);
		ok((report.gains[0]?.after ?? 9) < (report.gains[0]?.before ?? 0));
	});

	it("gives every reading its interval, and names the files that surprised most", async () => {
		const easy = fileOf("src/easy.ts", generalText, 1e9);
		equal(roleOfFile(easy.path), "train");
		const { report } = await adapt([...project, easy], { preset: tolerant });
		const { heldOut, changes, change, surprises } = report;
		ok(heldOut !== null && changes !== null);
		deepEqual(changes.bitsPerByte, change);
		for (const key of ["bitsPerByte", "top1", "exactMatch", "editSimilarity"] as const) {
			const [before, after, interval] = [heldOut.before[key], heldOut.after[key], changes[key]];
			ok(before !== null && after !== null && interval !== null, key);
			ok(Math.abs(interval.mean - (after - before)) < 1e-9, key);
			ok(interval.low <= interval.mean && interval.mean <= interval.high, key);
		}
		equal(report.guardBound, tolerant.judging.guardBound);
		equal(surprises.at(-1)?.path, easy.path);
		ok((surprises.at(-1)?.perplexity ?? 9) < (surprises[0]?.perplexity ?? 0) / 2);
		const costs = surprises.map(({ bitsPerByte }) => bitsPerByte);
		deepEqual(
			costs,
			[...costs].sort((a, b) => b - a),
		);
		const windows = surprises.reduce((sum, file) => sum + file.windows, 0);
		ok(windows <= report.windows.scored && windows > 0.9 * report.windows.scored, String(windows));
		ok(surprises.reduce((sum, { selected }) => sum + selected, 0) <= report.windows.selected);
	});

	it("tells what it has counted and what its curves are, and the report ends with the same", async () => {
		const told: LearningNow[] = [];
		const { report } = await adapt(project, { preset: tolerant, onLearning: (now) => told.push(now) });
		const last = told.at(-1);
		deepEqual([last?.scored, last?.selected], [report.windows.scored, report.windows.selected]);
		deepEqual(last?.losses, report.training?.losses);
		deepEqual(last?.evaluations, report.training?.evaluations);
		equal(last?.losses.length, 40);
		ok((last?.losses.at(-1)?.loss ?? 9) < (last?.losses[0]?.loss ?? 0));
		for (const key of ["scored", "selected", "learned"] as const)
			ok(
				told.every((now, i) => now[key] >= (told[i - 1]?.[key] ?? 0)),
				key,
			);
	});

	it("scores nothing of an unchanged project again", async () => {
		const cache = new MemoryCache();
		const first = learnerOf();
		const cold = await adapt(project, { learner: first, cache });
		const known = cache.sums.size;
		const second = learnerOf();
		const warm = await adapt(project, { learner: second, cache });
		equal(cache.sums.size, known);
		equal(first.passes.forward - second.passes.forward, known);
		deepEqual(second.save(), first.save());
		deepEqual({ ...warm.report, passes: 0, estimate: 0 }, { ...cold.report, passes: 0, estimate: 0 });
		deepEqual(warm.report.estimate?.windows, { toScore: 0, cached: 120 });
	});

	it("says what it will take before it learns anything", async () => {
		const events: string[] = [];
		const learner = learnerOf({ onRun: (what) => events.push(what) });
		const { report } = await adapt(project, { learner, onEstimate: ({ steps }) => events.push(`estimate ${steps}`) });
		// Before it, the machine is measured by two forwards.
		deepEqual(events.slice(0, 3), ["score", "score", "estimate 40"]);
		deepEqual([report.estimate?.steps, report.training?.steps], [40, 40]);
	});

	it("takes no backward for a window that was not selected", async () => {
		const { report } = await adapt(project, {
			preset: paperPreset,
			budget: { minutes: null, updates: null },
		});
		const { selected, skipped, scored } = report.windows;
		equal(selected + (skipped.belowThreshold ?? 0), scored);
		equal(report.passes.backward, selected);
		equal(report.coverage.scored, 1);
	});

	it("learns the paper's S * P or its code's S * CE, and says which", async () => {
		const lambdaOverP0 = 0.1 * Math.exp(-3);
		for (const [objective, exponent] of [
			["crossEntropy", 1],
			["perplexity", 2],
		] as const) {
			const learner = learnerOf();
			const cache = new MemoryCache();
			const weights: number[] = [];
			const learn = learner.learn.bind(learner);
			learner.learn = (batch, rate) => {
				weights.push(...batch.map(({ weight }) => weight));
				return learn(batch, rate);
			};
			const preset = withObjective(paperPreset, objective);
			const { report } = await adapt(project, { learner, cache, preset, budget: { minutes: null, updates: 20 } });
			equal(report.objective, objective);
			const possible = [...cache.sums.values()].map(
				({ nll, tokens }) => lambdaOverP0 * Math.exp((exponent * nll) / tokens),
			);
			equal(weights.length, 20);
			for (const weight of weights)
				ok(
					possible.some((value) => Math.abs(value / weight - 1) < 1e-9),
					String(weight),
				);
		}
		equal((await adapt(project)).report.objective, undefined);
	});

	it("shows some of what it learns as infilling tasks, where the model has a format", async () => {
		const ids = ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"].map((marker) => fakeTokenizer().special(marker));
		const shareOf = async (options: Partial<AdaptInput>) => {
			const learner = learnerOf();
			const tasks: boolean[] = [];
			const learn = learner.learn.bind(learner);
			learner.learn = (batch, rate) => {
				tasks.push(...batch.map(({ window }) => ids.every((id) => window.tokens.includes(id as number))));
				return learn(batch, rate);
			};
			await adapt(project, { learner, ...options });
			return tasks.filter((task) => task).length / tasks.length;
		};
		const share = await shareOf({ budget: { minutes: null, updates: 80 } });
		ok(share > 0.2 && share < 0.4, String(share));
		equal(await shareOf({ preset: { ...codePreset, infill: null } }), 0);
		equal(await shareOf({ tokenizer: fakeTokenizer({ infill: false }) }), 0);
	});

	it("rejects what does not carry over, and says so", async () => {
		const files = Array.from({ length: 30 }, (_, i) => fileOf(`n${i}.ts`, noise(i, 900)));
		const learner = learnerOf({ base: fakeTokenizer().encode(noise(99, 40_000)) });
		const { report } = await adapt(files, { learner });
		equal(report.accepted, false);
		ok(report.verdict.startsWith("rejected: held-out text did not improve beyond noise"), report.verdict);
	});

	it("rejects an adapter that makes general text worse", async () => {
		const { verdict, report } = await adapt(project, { learner: learnerOf({ speed: 4_000 }) });
		ok(verdict.kind === "rejected" && verdict.reason === "guardWorse");
		ok(report.guard !== null && report.guard.after.bitsPerByte > 1.02 * report.guard.before.bitsPerByte);
	});

	it("takes less of an adapter whose whole makes general text somewhat too much worse, and says so", async () => {
		const judging = { ...tolerant.judging, guardBound: 10 };
		const whole = await adapt(project, { preset: { ...tolerant, judging } });
		ok(whole.verdict.kind === "accepted" && whole.report.guard !== null);
		equal(whole.report.training?.strength, 1);
		const guardBound = 0.7 * whole.verdict.guardChange;
		ok(guardBound > 0);
		const bounded = (weakens: boolean) => ({ preset: { ...tolerant, judging: { ...judging, guardBound, weakens } } });
		const { report, verdict } = await adapt(project, bounded(true));
		ok(verdict.kind === "accepted" && verdict.guardChange <= guardBound, report.verdict);
		const { strength = 1 } = report.training ?? {};
		ok(strength >= 0.5 && strength < 1, String(strength));
		match(
			report.verdict,
			new RegExp(`^accepted at ${Math.round(100 * strength)} % of its strength, for general text's sake: `),
		);
		ok(whole.verdict.change.mean < verdict.change.mean && verdict.change.high < 0);
		const strict = await adapt(project, bounded(false));
		equal(strict.verdict.kind, "rejected");
	});

	it("stops before general text gets as much worse as the guard forbids", async () => {
		const guard = Array.from({ length: 12 }, (_, i) => ({ name: `guard${i}.txt`, text: generalText }));
		const judging = { ...codePreset.judging, guardTokens: 1_000 };
		const options = { guard, preset: { ...codePreset, judging } };
		const { report } = await adapt(project, { ...options, learner: learnerOf({ speed: 4_000 }) });
		const { training } = report;
		ok(training !== null && report.guard !== null);
		equal(training.end, "forgetting");
		ok(training.bestStep < training.steps && training.steps < 40);
		ok(report.guard.after.bitsPerByte <= 1.02 * report.guard.before.bitsPerByte);
	});

	it("judges blocks in a small project and nothing in a tiny one", async () => {
		const small = await adapt([fileOf("one.ts", madeUpCode(1, 300))], { preset: tolerant });
		equal(small.report.coverage.heldOutBy, "blocks");
		equal(small.report.accepted, true, small.report.verdict);
		const learner = learnerOf();
		const tiny = await adapt([fileOf("one.ts", madeUpCode(1, 30))], { learner });
		equal(tiny.verdict.kind, "tooSmall");
		deepEqual([tiny.report.accepted, tiny.report.heldOut, learner.passes.backward], [false, null, 0]);
		equal((await adapt([])).verdict.kind, "tooSmall");
	});

	it("does not judge by copies of what it trained on", async () => {
		const copies = Array.from({ length: 60 }, (_, i) => fileOf(`copy${i}.ts`, madeUpCode(77, 25)));
		const { report } = await adapt(copies);
		equal(report.verdict, "too small to judge: only 0 tokens could be held out");
		ok(report.coverage.nearCopies > 5);
	});

	it("stops when validation text gets worse and keeps the best adapter", async () => {
		const checkpoint = new MemoryCheckpoint();
		const learner = learnerOf({ speed: 400 });
		// Letters drawn at random: their frequencies carry over, what is learned beyond them does not.
		const files = [fileOf("letters.ts", noise(1, 9_000))];
		const preset: Preset = { ...tolerant, infill: null, offline: { ...tolerant.offline, epochs: 60 } };
		const { report } = await adapt(files, { learner, checkpoint, preset, budget: { minutes: null, updates: 160 } });
		const training = report.training;
		ok(training !== null && training.end === "earlyStop");
		ok(training.bestStep > 0 && training.bestStep < training.steps && training.steps < 160);
		const best = training.evaluations.reduce((a, b) => (b.loss < a.loss ? b : a));
		equal(best.step, training.bestStep);
		deepEqual(learner.save(), checkpoint.saved.at(-1)?.best?.learner);
	});

	it("rejects a run that diverges", async () => {
		const { report, verdict } = await adapt(project, { learner: learnerOf({ speed: Number.NaN }) });
		ok(verdict.kind === "rejected" && verdict.reason === "diverged", report.verdict);
	});

	it("learns from recently changed files first where updates are few", async () => {
		const learner = learnerOf();
		const learned: string[] = [];
		const learn = learner.learn.bind(learner);
		learner.learn = (batch, rate) => {
			for (const { window } of batch) learned.push(fakeTokenizer().decode(window.tokens));
			return learn(batch, rate);
		};
		const day = 86_400_000;
		const files = Array.from({ length: 40 }, (_, i) => {
			const text = madeUpCode(i, 12).replaceAll("const", i % 4 === 0 ? "fresh" : "stale");
			return fileOf(`f${i}.ts`, text, i % 4 === 0 ? 100 * day : i * day);
		});
		const { report } = await adapt(files, { learner, budget: { minutes: null, updates: 8 } });
		equal(learned.length, 8);
		ok(
			learned.every((text) => text.includes("fresh") && !text.includes("stale")),
			learned.join("\n---\n"),
		);
		ok(report.coverage.learned < 0.2 && report.coverage.learned > 0);
	});

	it("keeps within its minutes and says how much it covered", async () => {
		const clock = new StepClock();
		const learner = learnerOf({
			onRun: (what, windows) => {
				clock.time += windows * (what === "learn" ? 1.25 : 0.5);
			},
		});
		const files = madeUpProject(36, 25);
		const progress: Progress[] = [];
		const budget = { minutes: 7, updates: null };
		const { report } = await adapt(files, { learner, clock, budget, onProgress: (event) => progress.push(event) });
		ok(report.seconds.total <= 7 * minute * 1.05 && report.seconds.total > 4 * minute, String(report.seconds.total));
		ok(report.coverage.scored > 0.05 && report.coverage.scored < 0.5, JSON.stringify(report.coverage));
		ok(report.coverage.learned > 0 && report.coverage.learned <= report.coverage.scored);
		equal(report.estimate?.seconds.total, 7 * minute);
		const learning = progress.filter(({ phase }) => phase === "learning").at(-1);
		// 1.25 s a step, and evaluations at most half of that again.
		ok(learning?.rate !== undefined && learning.rate > 0.5 && learning.rate < 0.8, JSON.stringify(learning));
		ok(learning.total !== undefined && learning.done >= 0.9 * learning.total, JSON.stringify(learning));
		const none = await adapt(files, { learner: learnerOf(), clock, budget: { minutes: 0, updates: null } });
		equal(none.report.verdict, "rejected: the minutes were over before anything was learned");
	});
});
