import { deepEqual, ok } from "node:assert/strict";
import * as fc from "fast-check";
import { type Needs, shareOut, shares } from "#assist/prompt/budget";

const parts = ["prefix", "suffix", "stable", "recent"] as const;

describe("assist/prompt/budget", () => {
	// [total, needs, given], each as prefix, suffix, stable, recent. Shares are 35, 15, 35 and 15 %.
	const cases: readonly (readonly [string, number, readonly number[], readonly number[]])[] = [
		["each its share where all need more", 1_000, [9_000, 9_000, 9_000, 9_000], [350, 150, 350, 150]],
		["all to the only one in need", 1_000, [9_000, 0, 0, 0], [1_000, 0, 0, 0]],
		["what nobody needs to nobody", 10_000, [256, 128, 256, 128], [256, 128, 256, 128]],
		["what others leave first to the prefix", 1_000, [9_000, 9_000, 0, 9_000], [700, 150, 0, 150]],
		["then to the suffix", 1_000, [128, 9_000, 9_000, 9_000], [128, 372, 350, 150]],
		["then to files that change seldom", 2_000, [256, 128, 9_000, 9_000], [256, 128, 1_316, 300]],
		["the rest to the latest places", 2_000, [128, 128, 128, 9_000], [128, 128, 128, 1_616]],
		["needs rounded up to 128", 10_000, [1, 129, 0, 250], [128, 256, 0, 256]],
		["nothing of nothing", 0, [500, 500, 500, 500], [0, 0, 0, 0]],
	];
	for (const [what, total, needs, given] of cases)
		it(`gives ${what}`, () => deepEqual(shareOut(total, named(needs)), named(given)));

	it("shares all there is by its caps", () => {
		deepEqual(shares, { prefix: 0.35, suffix: 0.15, stable: 0.35, recent: 0.15 });
	});

	it("never gives more than there is, nor less than a part's share or need", () => {
		const needs = fc.record({
			prefix: fc.nat(9_000),
			suffix: fc.nat(9_000),
			stable: fc.nat(9_000),
			recent: fc.nat(9_000),
		});
		fc.assert(
			fc.property(fc.nat(8_192), needs, (total, wanted) => {
				const given = shareOut(total, wanted);
				const sum = parts.reduce((all, part) => all + given[part], 0);
				ok(sum <= total, `${sum} of ${total}`);
				for (const part of parts) {
					ok(given[part] >= Math.min(wanted[part], Math.floor(total * shares[part])), part);
					ok(given[part] < wanted[part] + 128, part);
				}
				// Nothing is kept back from who needs it.
				ok(sum === total || parts.every((part) => given[part] >= wanted[part]));
			}),
		);
	});
});

function named([prefix = 0, suffix = 0, stable = 0, recent = 0]: readonly number[]): Needs {
	return { prefix, suffix, stable, recent };
}
