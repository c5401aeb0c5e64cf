import { deepEqual, equal, ok } from "node:assert/strict";
import * as fc from "fast-check";
import { NgramDraft } from "#text/ngramDraft";

describe("text/ngramDraft", () => {
	it("gives what followed the same ids before", () => {
		const draft = new NgramDraft();
		draft.append([1, 2, 3, 4, 5, 6, 1, 2, 3]);
		deepEqual([...draft.propose([1, 2, 3], 2)], [4, 5]);
		deepEqual([...draft.propose([9, 2, 3], 9)], [4, 5, 6, 1, 2, 3]);
		deepEqual([...draft.propose([9, 9, 3], 9)], [], "one id alone is not enough");
	});

	it("prefers the longer run, then the newer text", () => {
		const draft = new NgramDraft();
		draft.append([1, 2, 3, 4, 7, 0, 9, 3, 4, 8, 0]);
		deepEqual([...draft.propose([2, 3, 4], 1)], [7]);
		deepEqual([...draft.propose([3, 4], 1)], [8]);
	});

	it("never looks at the tail itself, and knows what was appended since", () => {
		const draft = new NgramDraft();
		draft.append([5, 6]);
		deepEqual([...draft.propose([5, 6], 4)], []);
		draft.append([7]);
		deepEqual([...draft.propose([5, 6], 4)], [7]);
	});

	it("matches no run across two texts", () => {
		const draft = new NgramDraft();
		draft.append([1, 2]);
		draft.border();
		draft.append([3, 4]);
		deepEqual([...draft.propose([1, 2, 3], 4)], []);
		deepEqual([...draft.propose([2, 3], 4)], []);
	});

	it("forgets all", () => {
		const draft = new NgramDraft();
		draft.append([1, 2, 3]);
		draft.clear();
		equal(draft.length, 0);
		deepEqual([...draft.propose([1, 2], 4)], []);
	});

	it("agrees with a plain search, in whatever pieces the text comes", () => {
		const ids = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 60 });
		fc.assert(
			fc.property(fc.array(ids, { maxLength: 4 }), ids, (parts, tail) => {
				const draft = new NgramDraft();
				for (const part of parts) draft.append(part);
				deepEqual([...draft.propose(tail, 3)], search(parts.flat(), tail, 3));
			}),
		);
	});

	it("follows 4,096 tokens of prompt in a few milliseconds", () => {
		const ids = Int32Array.from({ length: 4096 }, (_, i) => (i * 7919) % 611);
		const draft = new NgramDraft();
		const started = performance.now();
		draft.append(ids);
		for (let i = 0; i < 128; i++) draft.propose(ids.subarray(i, i + 4), 8);
		ok(performance.now() - started < 100);
	});
});

/** The newest earlier place of the longest run of 2 to 4 last ids. */
function search(text: readonly number[], tail: readonly number[], count: number): number[] {
	for (let size = Math.min(4, tail.length); size >= 2; size--) {
		for (let at = text.length - 1; at >= size; at--) {
			const run = text.slice(at - size, at);
			if (run.every((id, i) => id === tail[tail.length - size + i])) return text.slice(at, at + count);
		}
	}
	return [];
}
