import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { createNearDuplicates, jaccard, type Sketch, sketchOf as sketchOfBytes } from "#adapt/nearDuplicate";
import { seededRandom } from "#base/random";

const sketchOf = (text: string): Sketch => sketchOfBytes(Buffer.from(text));

const words = (count: number, seed: number): string[] => {
	const random = seededRandom(seed);
	return Array.from({ length: count }, () => `w${random.below(5000)}`);
};

/** The Jaccard index itself, over the runs of five words. */
function exactJaccard(a: readonly string[], b: readonly string[]): number {
	const runs = (list: readonly string[]) => new Set(list.slice(4).map((_, i) => list.slice(i, i + 5).join(" ")));
	const [x, y] = [runs(a), runs(b)];
	const shared = [...x].filter((run) => y.has(run)).length;
	return shared / (x.size + y.size - shared);
}

/** The sketch by its definition: pieces cut out by a pattern, each hashed by itself, and each run of five hashed from its pieces. */
function reference(bytes: Uint8Array): Sketch {
	const pieces = (
		Buffer.from(bytes)
			.toString("latin1")
			.match(/[\w\x80-\xff]+|[^\w\s\x80-\xff]/g) ?? []
	)
		.filter((piece) => piece > " " && piece !== "\x7f")
		.map((piece) => {
			let hash = 0x9e3779b1;
			for (const sign of piece) hash = Math.imul(hash ^ sign.charCodeAt(0), 0x01000193);
			return hash ^ (hash >>> 15);
		});
	let [low, high] = [0, 0x5bd1e995];
	for (const hash of pieces) {
		low = (Math.imul(low ^ hash, 0x85ebca6b) + 1) | 0;
		high = Math.imul((high + hash) | 0, 0xc2b2ae35) ^ (high >>> 13);
	}
	const pair = (i: number): number => Math.imul(pieces[i] ?? 0, 0x297a2d39) + (pieces[i + 1] ?? 0);
	const minima = new Map<number, number>();
	for (let i = 0; i + 5 <= pieces.length; i++) {
		const four = Math.imul(pair(i), 0x1b56c4e9) + pair(i + 2);
		let run = (Math.imul(four, 0x2c1b3c6d) + (pieces[i + 4] ?? 0)) | 0;
		run = Math.imul(run ^ (run >>> 16), 0x21f0aaad);
		run = (run ^ (run >>> 15)) >>> 0;
		minima.set(run % 128, Math.min(minima.get(run % 128) ?? run, run));
	}
	const bins = Uint16Array.from({ length: 128 }, (_, bin) => {
		const least = minima.get(bin);
		return least === undefined ? 0xffff : Math.min(Math.imul(least, 0x9e3779b1) >>> 16, 0xfffe);
	});
	return { bins, exact: (high >>> 11) * 2 ** 32 + (low >>> 0), runs: Math.max(0, pieces.length - 4) };
}

describe("adapt/nearDuplicate", () => {
	it("estimates the Jaccard index within its error", () => {
		let worst = 0;
		let sum = 0;
		for (let trial = 0; trial < 40; trial++) {
			const a = words(1500, trial);
			const changed = (trial % 20) * 20;
			const b = [...a.slice(changed), ...words(changed, 1000 + trial)];
			const error = jaccard(sketchOf(a.join(" ")), sketchOf(b.join("\n\t"))) - exactJaccard(a, b);
			worst = Math.max(worst, Math.abs(error));
			sum += error;
		}
		// Standard error 0.045 at most: four of them for the worst, three of the mean's for the bias.
		equal(worst < 0.18, true, `worst error ${worst}`);
		equal(Math.abs(sum / 40) < 0.022, true, `bias ${sum / 40}`);
	});

	it("finds copies that differ in white space or a few names, and not the rest", () => {
		const known = createNearDuplicates();
		const texts = Array.from({ length: 300 }, (_, i) => words(200, i));
		for (const [i, text] of texts.entries()) {
			equal(known.find(sketchOf(text.join(" "))), undefined);
			known.remember(`f${i}`, sketchOf(text.join(" ")));
		}
		for (const [i, text] of texts.entries()) {
			deepEqual(known.find(sketchOf(text.join("\n\n  "))), { path: `f${i}`, similarity: 1 });
			const renamed = text.map((word, k) => (k % 100 === 50 ? "other" : word));
			equal(known.find(sketchOf(renamed.join(" ")))?.path, `f${i}`);
		}
	});

	it("takes tiny texts for copies only when they are equal", () => {
		const known = createNearDuplicates();
		known.remember("a", sketchOf('export * from "./a";'));
		equal(known.find(sketchOf('export * from "./b";')), undefined);
		deepEqual(known.find(sketchOf('export * from "./a"  ;\n')), { path: "a", similarity: 1 });
	});

	it("forgets the oldest beyond its capacity", () => {
		const known = createNearDuplicates(0.8, 10);
		for (let i = 0; i < 25; i++) known.remember(`f${i}`, sketchOf(words(300, i).join(" ")));
		for (let i = 0; i < 25; i++)
			equal(known.find(sketchOf(words(300, i).join(" ")))?.path, i < 15 ? undefined : `f${i}`);
	});

	it("is that of a plain reference, for any bytes and at any length", () => {
		const pieces = fc.constantFrom("a", "Z", "_", "9", " ", "\n", "\u007f", ".", "=", "(", "é", "漢", "𝒳", "\u00a0");
		const text = fc.oneof(fc.string({ unit: pieces, maxLength: 600 }), fc.string({ unit: "binary", maxLength: 300 }));
		// More bytes than the array that is kept for the usual ones.
		const long = "let größe = [1];\n".repeat(3600);
		fc.assert(
			fc.property(fc.oneof(text.map(Buffer.from), fc.uint8Array({ maxLength: 300 })), (bytes) =>
				deepEqual(sketchOfBytes(bytes), reference(bytes)),
			),
		);
		deepEqual(sketchOf(long), reference(Buffer.from(long)));
	});

	it("is the same for the same words and signs, and never throws", () => {
		fc.assert(
			fc.property(fc.string({ maxLength: 300 }), (text) => {
				const sketch = sketchOf(text);
				deepEqual(sketchOf(text), sketch);
				deepEqual(sketchOf(` ${text}\n`), sketch);
			}),
		);
	});
});
