import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { cutWindows, overlapOf, type TokenRange, tokenizeFile, wholeRange } from "#adapt/windows";
import { fakeTokenizer } from "#test/adapt/fakeTokenizer";
import { fileOf } from "#test/adapt/project";

const document = (text: string, bos = true) => tokenizeFile(fileOf("a.ts", text), fakeTokenizer({ bos }));

const pieces = ["a", "é", "\n", "    ", "日本", "😀", "return", "\r\n", "\u0000"];
const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 200 }).map((chosen) => chosen.join(""));

describe("adapt/windows", () => {
	it("scores every token of the text exactly once, in order, in windows that fit", () => {
		fc.assert(
			fc.property(texts, fc.integer({ min: 16, max: 80 }), (text, capacity) => {
				const tokenizer = fakeTokenizer();
				const source = document(text);
				const windows = cutWindows(source, wholeRange(source), capacity, tokenizer);
				const scored = windows.flatMap(({ window }) => [...window.tokens.subarray(window.scoreFrom)]);
				deepEqual(scored, [...tokenizer.encode(text)]);
				ok(windows.every(({ window }) => window.tokens.length <= capacity + 1 && window.scoreFrom >= 1));
				const bytes = windows.reduce((sum, { window }) => sum + window.bytes, 0);
				equal(bytes, Buffer.byteLength(text));
			}),
			{ numRuns: 40 },
		);
	});

	it("repeats the end of the window before as an unscored head", () => {
		const source = document("x".repeat(300));
		const windows = cutWindows(source, wholeRange(source), 64, fakeTokenizer());
		ok(windows.length > 1);
		for (const { window } of windows.slice(1)) equal(window.scoreFrom, overlapOf(64));
		equal(windows[0]?.window.scoreFrom, 1);
		deepEqual([...(windows[0]?.window.tokens.subarray(0, 1) ?? [])], [...fakeTokenizer().documentStart]);
	});

	it("cuts evenly: no window is much shorter than another", () => {
		const source = document("x".repeat(122));
		const lengths = cutWindows(source, wholeRange(source), 64, fakeTokenizer()).map(
			({ window }) => window.tokens.length - window.scoreFrom,
		);
		ok(Math.max(...lengths) - Math.min(...lengths) <= 1, String(lengths));
	});

	it("cannot score the first token where no document start is known", () => {
		const source = document("abc", false);
		const [only] = cutWindows(source, wholeRange(source), 64, fakeTokenizer({ bos: false }));
		equal(only?.window.scoreFrom, 1);
		equal(only?.window.bytes, 2);
		const single = document("a", false);
		deepEqual(cutWindows(single, wholeRange(single), 64, fakeTokenizer({ bos: false })), []);
	});

	it("reads no context from before a range's limit", () => {
		const source = document("abcdefghij".repeat(30));
		const range: TokenRange = { from: 100, to: 250, contextFrom: 96 };
		const windows = cutWindows(source, range, 64, fakeTokenizer());
		deepEqual(windows[0]?.window.tokens.subarray(0, 5), source.tokens.subarray(96, 101));
		equal(windows[0]?.window.scoreFrom, 4);
		const scored = windows.reduce((sum, { window }) => sum + window.tokens.length - window.scoreFrom, 0);
		equal(scored, 150);
	});
});
