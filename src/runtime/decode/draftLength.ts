/** How much of a draft to check: checking a token costs little, but each one is right less likely than the one before it. */
import type { WeightFormat } from "#models/decodeGraph";

/** What a row more than two adds to the time of a run, in runs of two rows (docs/log.md): the fewer bits, the less of it is waiting for memory. */
const rowCosts: Readonly<Record<WeightFormat, number>> = { float32: 0.06, int8: 0.11, int4: 0.16 };

/** Most rows of a run that checks a draft. */
const mostRows = 16;

/** Shares of drafted tokens that were right, and how many tokens the assumption counts for, by the length of the agreement. */
const assumed = [
	{ least: 8, share: 0.97 },
	{ least: 4, share: 0.8 },
	{ least: 2, share: 0.4 },
	{ least: 1, share: 0.33 },
] as const;
const assumedTokens = 6;

export class DraftLength {
	readonly #rowCost: number;
	readonly #seen = assumed.map(({ share }) => ({ right: share * assumedTokens, tried: assumedTokens }));

	constructor(format: WeightFormat) {
		this.#rowCost = rowCosts[format];
	}

	/** How many of `length` drafted tokens to check: what gives most tokens for the time. */
	choose(length: number, agreed: number): number {
		const { right, tried } = this.#of(agreed);
		const share = right / tried;
		let [best, bestRate, tokens] = [0, 1, 1];
		for (let drafted = 1; drafted <= Math.min(length, mostRows - 1); drafted++) {
			tokens += share ** drafted;
			// Rows come in pairs: the first draft is free, and each second one after it.
			const rows = drafted + 1 + ((drafted + 1) % 2);
			const rate = tokens / (1 + this.#rowCost * (rows - 2));
			if (rate > bestRate) [best, bestRate] = [drafted, rate];
		}
		return best;
	}

	/** Of `drafted` tokens that were checked the first `right` were right. */
	learn(agreed: number, drafted: number, right: number): void {
		const seen = this.#of(agreed);
		seen.right += right;
		seen.tried += Math.min(drafted, right + 1);
	}

	#of(agreed: number) {
		const index = assumed.findIndex(({ least }) => agreed >= least);
		return this.#seen[index < 0 ? this.#seen.length - 1 : index] as { right: number; tried: number };
	}
}
