import { deepEqual, equal } from "node:assert/strict";
import { freshPassages, KnownLines, rangesOf, within } from "#adapt/fresh";
import { HashSet } from "#adapt/hashSet";
import { placeTokens } from "#adapt/lines";
import { tokenizeFile } from "#adapt/windows";
import { seededRandom } from "#base/random";
import { fakeTokenizer } from "#test/adapt/fakeTokenizer";
import { fileOf } from "#test/adapt/project";

describe("adapt/fresh", () => {
	const tokenizer = fakeTokenizer();
	const passages = (text: string, known: KnownLines) => {
		const document = tokenizeFile(fileOf("a.ts", text), tokenizer);
		const ranges = rangesOf(freshPassages(text, known), document, placeTokens(text, document, tokenizer));
		return ranges.map(({ from, to }) => tokenizer.decode(document.tokens.subarray(from, to)));
	};

	it("finds new lines, with what stands between two of them", () => {
		const known = new KnownLines();
		known.add("a\nb\nc\nd\ne\nf");
		deepEqual(passages("a\nnew\nb\nnewer\nc\nd\ne\nnewest", known), ["new\nb\nnewer\n", "newest"]);
		deepEqual(passages("  a\n\tb\n\nf", known), []);
	});

	it("survives being saved", () => {
		const known = new KnownLines();
		known.add("a\nb");
		const again = new KnownLines(known.save());
		deepEqual([again.has(" a"), again.has("c"), again.size], [true, false, known.size]);
	});

	it("forgets what is not settled, also after it was saved", () => {
		const known = new KnownLines();
		known.add("a\nb");
		known.settle();
		known.add("b\nc");
		const again = new KnownLines(known.save());
		for (const lines of [known, again]) {
			deepEqual([lines.has("c"), lines.size], [true, 3]);
			lines.forgetRecent();
			deepEqual([lines.has("a"), lines.has("b"), lines.has("c")], [true, true, false]);
		}
	});

	it("never takes old lines for new ones to make room: full, it says so", () => {
		const lines = (from: number, count: number) => Array.from({ length: count }, (_, i) => `line ${from + i}`);
		const known = new KnownLines(undefined, 1_000);
		known.add(lines(0, 900).join("\n"));
		known.settle();
		equal(known.full, false);
		known.add(lines(900, 200).join("\n"));
		deepEqual([known.full, known.size], [true, 1_000]);
		for (const again of [known, new KnownLines(known.save(), 1_000)]) {
			equal(lines(0, 1_000).filter((line) => !again.has(line)).length, 0);
			deepEqual([again.full, again.has("line 1000")], [true, false]);
		}
	});

	it("reads no context from beyond what is allowed", () => {
		const ranges = [{ from: 5, to: 30, contextFrom: 0 }];
		const allowed = [
			{ from: 0, to: 10, contextFrom: 0 },
			{ from: 20, to: 40, contextFrom: 20 },
		];
		deepEqual(within(ranges, allowed), [
			{ from: 5, to: 10, contextFrom: 0 },
			{ from: 20, to: 30, contextFrom: 20 },
		]);
	});
});

describe("adapt/hashSet", () => {
	it("holds what a Set holds, while it grows and after it was saved", () => {
		const random = seededRandom(3);
		const hashes = Array.from({ length: 5_000 }, () => random.below(2 ** 32));
		const [ours, theirs] = [new HashSet(), new Set<number>()];
		for (const hash of [...hashes, 2 ** 32 - 1, ...hashes]) {
			ours.add(hash);
			theirs.add(hash);
		}
		for (const set of [ours, new HashSet(ours.save())]) {
			equal(set.size, theirs.size);
			equal([...theirs].filter((hash) => !set.has(hash)).length, 0);
			for (let i = 0; i < 5_000; i++) {
				const other = random.below(2 ** 32);
				equal(set.has(other), theirs.has(other));
			}
		}
	});

	it("takes zero for one, since zero is a free place", () => {
		const set = new HashSet();
		equal(set.has(0), false);
		set.add(0);
		deepEqual([set.has(0), set.has(1), set.size], [true, true, 1]);
	});
});
