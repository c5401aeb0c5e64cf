import { deepEqual, equal, ok } from "node:assert/strict";
import { type Exam, judge, type Marks } from "#adapt/judge";
import { chooseLines, scoreLines } from "#adapt/lineInfill";
import { changeOf, editSimilarity, metricsOf } from "#adapt/metrics";
import type { JudgedUnit } from "#adapt/split";
import { cutWindows, tokenizeFile, wholeRange } from "#adapt/windows";
import { neverCancelled } from "#base/cancel";
import { seededRandom } from "#base/random";
import { fakeTokenizer } from "#test/adapt/fakeTokenizer";
import { fileOf, madeUpCode } from "#test/adapt/project";
import { learnerOf } from "#test/adapt/run";

const tokenizer = fakeTokenizer();

function unitOf(path: string, text: string): JudgedUnit {
	const document = tokenizeFile(fileOf(path, text), tokenizer);
	const range = wholeRange(document);
	return { document, range, windows: cutWindows(document, range, 64, tokenizer).map(({ window }) => window) };
}

describe("adapt/metrics", () => {
	it("measures", () => {
		const metrics = metricsOf({ nll: 200, tokens: 100, top1: 40 }, 350, undefined);
		ok(Math.abs(metrics.perplexity - Math.exp(2)) < 1e-12);
		ok(Math.abs(metrics.bitsPerByte - 200 / Math.log(2) / 350) < 1e-12);
		deepEqual([metrics.top1, metrics.exactMatch, metrics.tokens, metrics.bytes], [0.4, null, 100, 350]);
	});

	it("compares lines by edits", () => {
		deepEqual([editSimilarity("", ""), editSimilarity("abc", "abc"), editSimilarity("", "ab")], [1, 1, 0]);
		equal(editSimilarity("kitten", "sitting"), 1 - 3 / 7);
	});

	for (const [count, heavy] of [
		[3, false],
		[5, false],
		[8, true],
		[14, true],
	] as const)
		it(`takes noise over ${count} files${heavy ? " of many sizes" : ""} for a gain in no more than about 2.5 % of cases`, () => {
			const random = seededRandom(count);
			const trials = 300;
			let accepted = 0;
			for (let trial = 0; trial < trials; trial++) {
				const units = Array.from({ length: count }, () => {
					const weight = heavy ? 500 + random.below(4_000) : 1000;
					return { before: weight, after: weight * (1 + 0.1 * random.normal()), weight };
				});
				if (changeOf(units, trial).high < 0) accepted++;
			}
			ok(accepted / trials < 0.055, String(accepted / trials));
		});

	it("covers the true change in about 57 of 60 samples", () => {
		const random = seededRandom(12);
		let covered = 0;
		for (let trial = 0; trial < 60; trial++) {
			const units = Array.from({ length: 25 }, () => {
				const bytes = 500 + random.below(1_000);
				const before = bytes * (1 + random.uniform());
				return { before, after: before - bytes * (0.05 + 0.1 * random.normal()), weight: bytes };
			});
			const { low, high } = changeOf(units, trial);
			if (low <= -0.05 && -0.05 <= high) covered++;
		}
		ok(covered >= 51 && covered <= 60, String(covered));
	});
});

describe("adapt/judge", () => {
	const exam: Exam = {
		units: Array.from({ length: 12 }, (_, i) => unitOf(`f${i}`, madeUpCode(i, 3))),
		lines: [],
		guard: unitOf("guard", madeUpCode(99, 3)).windows,
	};
	const marks = (change: (i: number) => number, guard = 1): Marks => ({
		units: exam.units.map((_, i) => ({ nll: 300 + change(i), tokens: 100, top1: 1 })),
		lines: undefined,
		guard: { nll: 500 * guard, tokens: 100, top1: 1 },
	});
	const verdict = (change: (i: number) => number, guard = 1) =>
		judge(
			exam,
			marks(() => 0),
			marks(change, guard),
			0.02,
			7,
		);

	const rows: [string, ReturnType<typeof verdict>, string, string | undefined][] = [
		["a gain in every file", verdict((i) => -20 - i), "accepted", undefined],
		["a gain within noise", verdict((i) => (i % 2 === 0 ? -30 : 29)), "rejected", "heldOutNotBetter"],
		["no change", verdict(() => 0), "rejected", "heldOutNotBetter"],
		["a loss", verdict((i) => 5 + i), "rejected", "heldOutNotBetter"],
		["a guard within its bound", verdict(() => -20, 1.019), "accepted", undefined],
		["a guard beyond its bound", verdict(() => -20, 1.021), "rejected", "guardWorse"],
		["a score that is not a number", verdict(() => Number.NaN), "rejected", "heldOutNotBetter"],
	];
	for (const [what, outcome, kind, reason] of rows) {
		it(`judges ${what}`, () => {
			equal(outcome.kind, kind);
			equal("reason" in outcome ? outcome.reason : undefined, reason);
		});
	}
});

describe("adapt/lineInfill", () => {
	const text = "const a1 = 1;\n\n}\n    return alpha + beta;\n  // é\nlet y = gamma(7);\nend";
	const units = [unitOf("a.ts", text)];

	it("takes whole lines that hold something, with what stands around them", () => {
		const cases = chooseLines(units, 10, 3, tokenizer, 256);
		deepEqual(cases.map(({ line }) => line).sort(), ["    return alpha + beta;", "let y = gamma(7);"]);
		const prompt = [...(cases.find(({ line }) => line.startsWith("let"))?.prompt ?? [])];
		const marker = (name: string) => prompt.indexOf(tokenizer.special(`<|fim_${name}|>`) as number);
		const part = (from: number, to: number) => tokenizer.decode(prompt.slice(from + 1, to));
		equal(part(marker("prefix"), marker("suffix")), text.slice(0, text.indexOf("let")));
		equal(part(marker("suffix"), marker("middle")), "\nend");
		equal(marker("middle"), prompt.length - 1);
	});

	it("asks a model without infilling for what follows", () => {
		const plain = fakeTokenizer({ infill: false });
		const [only] = chooseLines(units, 1, 3, plain, 256);
		ok(only !== undefined && text.startsWith(plain.decode(only.prompt)));
		ok(text.slice(plain.decode(only.prompt).length).startsWith(only.line));
	});

	it("keeps prompt and answer within the model's capacity", () => {
		const long = [unitOf("b.ts", madeUpCode(4, 40))];
		for (const { prompt, options } of chooseLines(long, 2, 1, tokenizer, 64)) {
			ok(prompt.length + options.maxTokens <= 64);
		}
	});

	it("scores answers: a model that knows the text writes it", async () => {
		const known = "abcdefghij\n".repeat(30);
		const learner = learnerOf({ base: fakeTokenizer({ infill: false }).encode(known) });
		const plain = fakeTokenizer({ infill: false });
		const cases = chooseLines([unitOf("k.ts", known)], 2, 1, plain, 64);
		equal(cases.length, 2);
		const score = await scoreLines(cases, "off", learner, plain, neverCancelled);
		const right = { exact: true, similarity: 1 };
		deepEqual(score, { exactMatch: 1, editSimilarity: 1, cases: [right, right] });
		const other = await scoreLines(cases, "off", learnerOf(), plain, neverCancelled);
		ok(other !== undefined && other.exactMatch === 0 && other.editSimilarity < 0.5);
		equal(await scoreLines([], "off", learner, plain, neverCancelled), undefined);
	});
});
