import { equal, ok } from "node:assert/strict";
import { Retrieval } from "#assist/retrieval";
import { seededRandom } from "#base/random";

const words = Array.from({ length: 20_000 }, (_, i) => `${"abcdefghij"[i % 10]}word${i.toString(36)}`);

describe("assist/retrieval in a large project", () => {
	it("finds among 5,000 files within 50 ms, and takes a changed file in", () => {
		const random = seededRandom(1);
		// As in real text, few words make most of it.
		const word = () => words[Math.floor(words.length * random.uniform() ** 4)] ?? "";
		const file = (lines: number) =>
			Array.from({ length: lines }, (_, i) =>
				i % 20 === 0 ? `function ${word()}${i}() {` : `\tconst ${word()} = ${word()}(${word()}, ${word()});`,
			).join("\n");
		const retrieval = new Retrieval();
		for (let i = 0; i < 5000; i++) retrieval.set(`src/part${i % 50}/file${i}.ts`, file(120), "typescript");
		ok(retrieval.size >= 15_000);
		const question = `why does ${words[0]} call ${words[3]} and ${words[17]} with const function return of ${words[9000]}?`;
		const times = Array.from({ length: 9 }, () => {
			const started = performance.now();
			equal(retrieval.search(question, 8).length, 8);
			return performance.now() - started;
		}).sort((a, b) => a - b);
		ok((times[4] ?? 99) < 50, `median ${times[4]} ms`);
		const started = performance.now();
		retrieval.set("src/part1/file1.ts", `function quiteUnique() {\n${file(500)}\n}`, "typescript");
		ok(performance.now() - started < 200);
		equal(retrieval.search("quiteUnique", 1)[0]?.path, "src/part1/file1.ts");
	});
});
