/** How the tokens of a prompt are shared. Shares are caps: what one part leaves, the others may take, in order of their names here. */

export interface Needs {
	readonly prefix: number;
	readonly suffix: number;
	/** Of files that change seldom: imported and open ones. */
	readonly stable: number;
	/** Of places edited or seen just now. */
	readonly recent: number;
}

/** Share of each part, summing to 1 (as Copilot's published core has them). */
export const shares: Needs = { prefix: 0.35, suffix: 0.15, stable: 0.35, recent: 0.15 };

/** Needs are rounded up to this, so that typing changes how the rest is shared only now and then. */
const step = 128;

/** At most `total` tokens in all, at most what each part needs, at least its share if it needs so much. */
export function shareOut(total: number, needs: Needs, caps: Needs = shares): Needs {
	const parts = ["prefix", "suffix", "stable", "recent"] as const;
	const given = { prefix: 0, suffix: 0, stable: 0, recent: 0 };
	let left = total;
	for (const part of parts) {
		given[part] = Math.min(roundUp(needs[part]), Math.floor(total * caps[part]));
		left -= given[part];
	}
	for (const part of parts) {
		const more = Math.max(0, Math.min(left, roundUp(needs[part]) - given[part]));
		given[part] += more;
		left -= more;
	}
	return given;
}

function roundUp(need: number): number {
	return Math.ceil(need / step) * step;
}
