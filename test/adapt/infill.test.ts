import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { type InfillTraining, infillWindow } from "#adapt/infill";
import { cutWindows, tokenizeFile, wholeRange } from "#adapt/windows";
import { seededRandom } from "#base/random";
import { fakeTokenizer } from "#test/adapt/fakeTokenizer";
import { fileOf, madeUpCode } from "#test/adapt/project";
import { detectInfillFormat } from "#text/infillFormat";

const tokenizer = fakeTokenizer();
const format = detectInfillFormat(tokenizer);
const capacity = 256;
const source = tokenizeFile(fileOf("a.ts", madeUpCode(3, 5)), tokenizer);
const window = cutWindows(source, wholeRange(source), capacity, tokenizer)[0]?.window;
const marker = (name: string) => tokenizer.special(`<|fim_${name}|>`) as number;

function transform(seed: number, training: Partial<InfillTraining> = {}) {
	ok(format !== undefined && window !== undefined);
	const options: InfillTraining = { rate: 1, suffixFirst: 0, scored: "middle", ...training };
	const both = { ...format, orders: ["spm", "psm"] as const };
	return infillWindow(window, tokenizer, both, options, capacity, seededRandom(seed));
}

/** Prefix, middle and suffix of a transformed window, as text. */
function parts(tokens: Int32Array) {
	const ids = [...tokens];
	const at = ["prefix", "suffix", "middle"].map((name) => ids.indexOf(marker(name))) as [number, number, number];
	const text = (from: number, to: number) => tokenizer.decode(ids.slice(from, to));
	return {
		at,
		ids,
		prefix: text(at[0] + 1, at[1]),
		suffix: text(at[1] + 1, at[2]),
		middle: text(at[2] + 1, ids.length),
	};
}

describe("adapt/infill", () => {
	it("keeps the text: prefix, middle, suffix are one stretch of the window", () => {
		fc.assert(
			fc.property(fc.integer(), (seed) => {
				const made = transform(seed);
				ok(made !== undefined && made.tokens.length <= capacity + 1);
				const { prefix, middle, suffix, ids } = parts(made.tokens);
				ok(madeUpCode(3, 5).includes(prefix + middle + suffix));
				ok(suffix === "" || suffix.startsWith("\n"));
				equal(ids.at(-1), tokenizer.special("<|endoftext|>"));
			}),
			{ numRuns: 50 },
		);
	});

	it("learns the middle and its end alone, or all of it", () => {
		const made = transform(1);
		ok(made !== undefined);
		equal(made.scoreFrom, parts(made.tokens).at[2] + 1);
		equal(made.bytes, Buffer.byteLength(parts(made.tokens).middle));
		equal(transform(1, { scored: "everything" })?.scoreFrom, 2);
	});

	it("puts the suffix first at the rate asked for", () => {
		const orders = Array.from({ length: 80 }, (_, seed) => {
			const made = transform(seed, { suffixFirst: 0.5 });
			ok(made !== undefined);
			const { at } = parts(made.tokens);
			return at[1] === at[0] + 1 ? 1 : 0;
		});
		const share = orders.reduce((a: number, b) => a + b, 0) / orders.length;
		ok(share > 0.3 && share < 0.7, String(share));
	});

	it("repeats with the same seed", () => {
		deepEqual(transform(11, { suffixFirst: 0.5 }), transform(11, { suffixFirst: 0.5 }));
	});

	it("says no to text without a place for a middle", () => {
		ok(format !== undefined);
		const blank = { tokens: tokenizer.encode("\n\n  \n"), scoreFrom: 1, bytes: 4 };
		const training: InfillTraining = { rate: 1, suffixFirst: 0, scored: "middle" };
		equal(infillWindow(blank, tokenizer, format, training, capacity, seededRandom(1)), undefined);
	});
});
