import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { bitsPerByteOf, type LineSurprise, mostSurprising, placeTokens, surpriseOfLines } from "#adapt/lines";
import { cutWindows, tokenizeFile, wholeRange } from "#adapt/windows";
import { fakeTokenizer } from "#test/adapt/fakeTokenizer";
import { fileOf } from "#test/adapt/project";
import { learnerOf } from "#test/adapt/run";

const tokenizer = fakeTokenizer();

function placed(text: string) {
	const document = tokenizeFile(fileOf("a.ts", text), tokenizer);
	return { document, places: placeTokens(text, document, tokenizer) };
}

describe("adapt/lines", () => {
	it("knows the line of every token, through words and line breaks of all kinds", () => {
		const { document, places } = placed("a\n\n    return é\r\nb");
		const shown = Array.from(document.tokens).map((id, i) => [tokenizer.decode([id]), places.line[i]]);
		deepEqual(shown.slice(document.textFrom), [
			...[
				["a", 0],
				["\n", 0],
				["\n", 1],
				["    ", 2],
				["return", 2],
				[" ", 2],
				["é", 2],
				["\r", 2],
				["\n", 2],
				["b", 3],
			],
		]);
		deepEqual(places.lineStart, [0, 2, 3, 18]);
		equal(places.byte.at(-1), 19);
	});

	it("counts a token that begins with the line before's end for the line that it indents", () => {
		const joined = { ...tokenizer, byteLength: () => 3, encode: () => Int32Array.from([1, 2]) };
		const document = tokenizeFile(fileOf("a.ts", "a;\n\tb;"), joined);
		const places = placeTokens("ab\n\tcd", document, joined);
		deepEqual([...places.line.subarray(document.textFrom)], [0, 1]);
		const begins = placeTokens("ab\ncd\n", document, { ...joined, byteLength: (id) => (id === 1 ? 2 : 4) });
		deepEqual([...begins.line.subarray(document.textFrom)], [0, 1]);
	});

	it("shares all bits of a file out over its lines, whatever the text", async () => {
		const learner = learnerOf({ capacity: 16 });
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.constantFrom("a", "é", "\n", "\r\n", "    ", "return", "😀"), { maxLength: 80 }),
				async (parts) => {
					const text = parts.join("");
					const { document, places } = placed(text);
					const windows = cutWindows(document, wholeRange(document), 16, tokenizer).map(({ window }) => window);
					const scores = await learner.score(windows, "off");
					const lines = surpriseOfLines(document, places, windows, scores);
					const all = scores.flatMap(({ nll }) => [...nll]).reduce((a, b) => a + b, 0) / Math.LN2;
					ok(Math.abs(lines.reduce((sum, { bits }) => sum + bits, 0) - all) < 1e-6 * (1 + all));
					equal(
						lines.reduce((sum, { bytes }) => sum + bytes, 0),
						Buffer.byteLength(text),
					);
					ok(lines.every(({ line }) => line < text.split("\n").length));
				},
			),
		);
	});

	it("names what stands out for its length, not what is long", () => {
		const line = (at: number, bits: number, bytes: number): LineSurprise => ({
			...{ line: at, bits, bytes, tokens: 1, worst: { token: 0, bits } },
		});
		const lines = [line(0, 20, 20), line(1, 100, 100), line(2, 60, 20), line(3, 4, 1), line(4, 90, 40)];
		ok(Math.abs(bitsPerByteOf(lines) - 274 / 181) < 1e-9);
		deepEqual(
			mostSurprising(lines, 9).map((found) => found.line),
			[2, 4],
		);
		deepEqual(
			mostSurprising(lines, 1).map((found) => found.line),
			[2],
		);
		deepEqual(mostSurprising([], 3), []);
	});
});
