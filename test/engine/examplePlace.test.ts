import { deepEqual, equal } from "node:assert/strict";
import { placeToComplete } from "#engine/examplePlace";

describe("engine/examplePlace", () => {
	it("takes the statement nearest to the middle, cut behind a word", () => {
		const text = [
			"import { somethingLong } from './elsewhere.ts';",
			"// a comment that is long enough to be taken",
			"",
			"	const answer = computeTheAnswer(question);",
			"}",
			"export function lastOfAllOfThem() {}",
		].join("\n");
		deepEqual(placeToComplete(text), { line: 4, column: 33 });
		equal(text.split("\n")[3]?.slice(0, 32), "	const answer = computeTheAnswer");
		deepEqual(placeToComplete(text.replaceAll("\n", "\r\n")), { line: 4, column: 33 });
	});

	it("finds none where there is only what is dull, short or endless", () => {
		equal(placeToComplete(""), undefined);
		equal(placeToComplete("{\n}\n# heading of a long comment line\na = 1\n"), undefined);
		equal(placeToComplete(`x = "${"long".repeat(40)}";`), undefined);
	});
});
