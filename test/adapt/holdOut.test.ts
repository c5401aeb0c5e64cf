import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { roleOfFile, splitBlocks } from "#adapt/holdOut";
import { trainedShares } from "#adapt/nearCopy";
import type { TokenDocument } from "#adapt/windows";
import { seededRandom } from "#base/random";

function documentOf(path: string, text: number): TokenDocument {
	return { path, language: "text", modifiedMs: 0, bytes: text, tokens: new Int32Array(text + 1), textFrom: 1 };
}

describe("adapt/holdOut", () => {
	it("holds out about a tenth of the files, and the same ones for ever", () => {
		const paths = Array.from({ length: 5_000 }, (_, i) => `src/module${i % 70}/file${i}.ts`);
		const judged = paths.filter((path) => roleOfFile(path) === "judge").length / paths.length;
		ok(judged > 0.085 && judged < 0.115, String(judged));
		const validated = paths.filter((path) => roleOfFile(path) === "validate").length / paths.length;
		ok(validated > 0.03 && validated < 0.05, String(validated));
		// Golden: a change here puts files that users' adapters were trained on into the judged set.
		deepEqual(
			paths.slice(0, 60).filter((path) => roleOfFile(path) === "judge"),
			golden,
		);
	});

	it("cuts blocks that never touch training text", () => {
		fc.assert(
			fc.property(fc.string(), fc.integer({ min: 1, max: 4_000 }), (path, length) => {
				const document = documentOf(path, length);
				const { judge, train } = splitBlocks(document);
				const owner = new Int8Array(document.tokens.length);
				for (const { from, to } of judge) owner.fill(1, from, to);
				for (const { from, to, contextFrom } of train) {
					ok(from < to && contextFrom <= from && to <= document.tokens.length);
					// Neither the range nor its context comes within 32 tokens of a judged block.
					ok(!owner.subarray(Math.max(0, contextFrom - 32), to + 32).includes(1));
				}
				for (const { from, to } of train) owner.fill(2, from, to);
				ok(owner.subarray(1).filter((role) => role === 0).length <= judge.length * 64);
			}),
			{ numRuns: 200 },
		);
	});

	it("judges about a fifth of a long document", () => {
		const { judge, train } = splitBlocks(documentOf("one.md", 40_000));
		const sum = (ranges: readonly { from: number; to: number }[]) => ranges.reduce((n, r) => n + r.to - r.from, 0);
		ok(Math.abs(sum(judge) / 40_000 - 0.2) < 0.01);
		ok(sum(train) / 40_000 > 0.7);
	});
});

const golden = [3, 20, 23, 30, 51, 52, 56].map((i) => `src/module${i}/file${i}.ts`);

describe("adapt/nearCopy", () => {
	const random = seededRandom(5);
	const draw = (length: number) => Int32Array.from({ length }, () => random.below(50_000));

	it("finds copies wherever they stand, and nothing else", () => {
		const copied = draw(400);
		const half = draw(400);
		const own = draw(400);
		const trained = [
			Int32Array.from([...draw(77), ...copied, ...draw(9)]),
			Int32Array.from([...draw(13), ...half.subarray(0, 200)]),
		];
		const [whole, part, none, short] = trainedShares([copied, half, own, draw(10)], trained);
		equal(whole, 1);
		ok(Math.abs((part ?? 0) - 0.48) < 0.02, String(part));
		equal(none, 0);
		equal(short, 0);
	});

	it("takes a reordering of the same tokens for another text", () => {
		const text = draw(300);
		equal(trainedShares([text], [text.toReversed()])[0], 0);
	});
});
