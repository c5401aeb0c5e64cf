import { deepEqual } from "node:assert/strict";
import fc from "fast-check";
import { Drafter } from "#text/draft";

/** What is drafted after `text`, one token per character. */
function draft(text: string, most: number, ...sources: string[]): string {
	const ids = (from: string) => Int32Array.from(from, (character) => character.charCodeAt(0));
	const drafter = new Drafter(sources.map(ids));
	for (const id of ids(text)) drafter.push(id);
	return String.fromCharCode(...drafter.propose(most).ids);
}

describe("text/draft", () => {
	it("guesses what followed before, in the text or in its sources", () => {
		deepEqual(draft("return x; return", 3), " x;");
		deepEqual(draft("abcd", 4, "xxabcdefghi"), "efgh");
		deepEqual(draft("abcd", 9, "xxabcdefghi"), "efghi");
		deepEqual(draft("xxabc", 9, "xxabcdef"), "def");
		deepEqual(draft("ab", 4, "xxabcdef"), "cdef");
		deepEqual(draft("a", 4, "abcdef"), "");
		deepEqual(draft("a1 a2 a", 2), "2 ");
		deepEqual(draft("abcabc", 7), "abcabca");
		deepEqual(draft("abc", 0, "abcdef"), "");
		deepEqual(draft("abc", 4, "abc"), "");
		deepEqual(draft("xyz", 4, "abcdef"), "");
	});

	it("prefers the longest agreement, then the first source, then the latest place", () => {
		deepEqual(draft("3abc", 1, "1abcX", "3abcY"), "Y");
		deepEqual(draft("abc", 1, "1abcX", "2abcY"), "X");
		deepEqual(draft("abc", 1, "1abcX 2abcY"), "Y");
	});

	it("drafts what really follows the agreement, whatever the text", () => {
		const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 3, maxLength: 40 });
		fc.assert(
			fc.property(letters, letters, (text, source) => {
				const guess = draft(text, 5, source);
				const after = text.slice(-1) + guess;
				const round = text + guess;
				if (guess !== "") deepEqual(source.includes(after) || round.indexOf(after) < text.length - 1, true);
			}),
		);
	});
});
