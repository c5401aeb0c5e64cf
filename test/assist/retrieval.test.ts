import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { Bm25, termsOf } from "#assist/bm25";
import { fenced } from "#assist/markdown";
import { fitItem, Retrieval, showContext } from "#assist/retrieval";
import { goldenTokenizer } from "#test/golden/tokenizerGolden";

describe("assist/retrieval", () => {
	const words: [string, string][] = [
		["parseHTTPUrl", "parsehttpurl parse http url"],
		["snake_case_name", "snake_case_name snake case name"],
		["MAX_SIZE2", "max_size2 max size"],
		["x = y1", "x y1"],
		["Größe überAll", "größe überall über all"],
		["函数 name", "函数 name"],
	];
	for (const [text, expected] of words) it(`takes ${text} apart`, () => equal(termsOf(text).join(" "), expected));

	it("scores as the formula says", () => {
		const index = new Bm25();
		index.set("a", [{ from: 0, to: 0, terms: ["cat", "cat", "dog"] }]);
		index.set("b", [{ from: 0, to: 0, terms: ["dog"] }]);
		// By hand: idf = ln(1 + (2 - 1 + 0.5) / 1.5) = ln 2; mean length 2; tf part = 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 1.5)).
		const [found, ...rest] = index.search(["cat"], 5);
		deepEqual(rest, []);
		ok(Math.abs((found?.score ?? 0) - (Math.LN2 * 4.4) / 3.65) < 1e-12);
	});

	it("gives after any changes what a new index gives", () =>
		fc.assert(
			fc.property(
				fc.array(
					fc.record({
						path: fc.constantFrom("a", "b", "c", "d"),
						terms: fc.array(fc.constantFrom("x", "y", "z"), { maxLength: 5 }),
						gone: fc.boolean(),
					}),
					{ maxLength: 20 },
				),
				(changes) => {
					const changed = new Bm25();
					const last = new Map<string, readonly string[]>();
					for (const { path, terms, gone } of changes) {
						if (gone) changed.delete(path);
						else changed.set(path, [{ from: 0, to: 1, terms }]);
						last.delete(path);
						if (!gone) last.set(path, terms);
					}
					const fresh = new Bm25();
					for (const [path, terms] of last) fresh.set(path, [{ from: 0, to: 1, terms }]);
					deepEqual(changed.search(["x", "z"], 9), fresh.search(["x", "z"], 9));
				},
			),
			{ seed: 3 },
		));

	it("forgets the dead, however often a file changes", () => {
		const index = new Bm25();
		for (let i = 0; i < 5000; i++) index.set(`f${i % 7}`, [{ from: 0, to: 0, terms: ["word", `w${i}`] }]);
		equal(index.size, 7);
		equal(index.search(["word"], 100).length, 7);
		deepEqual(
			index.search(["w4999"], 5).map(({ path }) => path),
			[`f${4999 % 7}`],
		);
		deepEqual(index.search(["w4000"], 5), []);
	});

	it("finds where a name is declared before where it is used, and not what is shown anyway", () => {
		const retrieval = new Retrieval();
		const uses = Array.from({ length: 30 }, (_, i) => `\tconst v${i} = loadTokenizer(file${i});`).join("\n");
		retrieval.set("src/uses.ts", `function all() {\n${uses}\n}\n`, "typescript");
		retrieval.set(
			"src/text/load.ts",
			`${"// padding\n".repeat(30)}\nexport function loadTokenizer(file: string) {\n\treturn file;\n}\n`,
			"typescript",
		);
		retrieval.set("src/other.ts", "export const unrelated = 1;\n", "typescript");
		const found = retrieval.search("what does loadTokenizer do?", 3);
		deepEqual(
			found.map(({ path }) => path),
			["src/text/load.ts", "src/uses.ts"],
		);
		equal((found[0]?.from ?? 99) <= 31 && (found[0]?.to ?? 0) >= 33, true);
		deepEqual(
			retrieval.search("loadTokenizer", 3, { path: "src/text/load.ts", from: 0, to: 99 }).map(({ path }) => path),
			["src/uses.ts"],
		);
		retrieval.delete("src/text/load.ts");
		deepEqual(
			retrieval.search("loadTokenizer", 3).map(({ path }) => path),
			["src/uses.ts"],
		);
	});

	it("cuts every line into one piece, and blank files into none", () =>
		fc.assert(
			fc.property(fc.array(fc.constantFrom("", "  x", "function f() {", "}", "word"), { maxLength: 200 }), (lines) => {
				const retrieval = new Retrieval();
				retrieval.set("a.js", lines.join("\n"), "javascript");
				const pieces = [...retrieval.search("x f function word js", 1000)].sort((x, y) => x.from - y.from);
				for (const [i, { from, to }] of pieces.entries()) {
					ok(to >= from && to - from < 40 && from > (pieces[i - 1]?.to ?? -1));
				}
				const covered = pieces.reduce(
					(sum, { from, to }) => sum + lines.slice(from, to + 1).filter((line) => line !== "").length,
					0,
				);
				equal(covered, lines.filter((line) => line !== "").length);
			}),
			{ seed: 11 },
		));

	it("shows what fits, in fences that no code can end", () => {
		const item = (path: string, text: string) => ({ path, lines: [1, 2] as const, text, language: "python" });
		const tokenizer = goldenTokenizer("starcoder");
		const items = [item("a.py", "x = 1\n"), item("b.py", "long ".repeat(200)), item("c.py", "```\n````")];
		const { text, used } = showContext(items, 120, tokenizer);
		deepEqual(
			used.map(({ path }) => path),
			["a.py", "c.py"],
		);
		ok(tokenizer.encode(text).length < 130);
		equal(
			text,
			`Parts of the project:\n\n\`a.py\`, lines 1 to 2:\n\n\`\`\`python\nx = 1\n\`\`\`\n\n\`c.py\`, lines 1 to 2:\n\n${"`".repeat(5)}python\n\`\`\`\n\`\`\`\`\n${"`".repeat(5)}`,
		);
		equal(fenced("a", "text"), "```\na\n```");
		equal(showContext(items, 3, tokenizer).text, "");
	});

	it("cuts a part after the last line that fits", () => {
		const tokenizer = goldenTokenizer("starcoder");
		const text = Array.from({ length: 50 }, (_, i) => `line${i} = ${i}`).join("\n");
		const item = { path: "a.py", lines: [11, 60] as const, text, language: "python" };
		for (const budget of [40, 100, 333, 10_000]) {
			const cut = fitItem(item, budget, tokenizer);
			ok(cut !== undefined && showContext([cut], budget, tokenizer).used.length === 1);
			const [first, last] = cut.lines;
			equal(
				cut.text,
				text
					.split("\n")
					.slice(0, last - first + 1)
					.join("\n"),
			);
			const more = {
				...item,
				lines: [11, last + 1] as const,
				text: text
					.split("\n")
					.slice(0, last - first + 2)
					.join("\n"),
			};
			equal(last === 60 || showContext([more], budget, tokenizer).used.length === 0, true);
		}
		equal(fitItem(item, 5, tokenizer), undefined);
	});
});
