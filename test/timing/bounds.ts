/** What is asked, in milliseconds: on a quiet machine (`ATTUNE_TIMING=exact`), and twice that on one that others use, too. */
const slack = process.env["ATTUNE_TIMING"] === "exact" ? 1 : 2;

export const bounds = {
	activation: 50 * slack,
	/** A frame: our own code, which a profile tells from what else a machine does. */
	block: 16,
	paint: 300 * slack,
	ghostMedian: 150 * slack,
	/** The 95th of 100. */
	ghostMost: 350 * slack,
} as const;
