import type { Bar } from "./bars.ts";

/** A line of a benchmark's table, under the names of the command line's JSON. */
export interface BenchRow {
	readonly name: string;
	readonly unit: string;
	readonly ours: number;
	readonly rival: number | null;
	/** ours / rival, the median over what was measured in turn. */
	readonly ratio: number | null;
	/** Values the medians were taken over. */
	readonly runs: number;
	readonly asked?: Bar;
}
