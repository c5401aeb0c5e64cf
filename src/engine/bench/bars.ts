/** What a benchmark's row has to reach. */
import { AttuneError } from "#base/errors";
import type { BenchRow } from "./row.ts";

/** Of the row's own value or of its ratio to the rival's. */
export interface Bar {
	readonly of: "ours" | "ratio";
	readonly least?: number;
	readonly most?: number;
}

export type Standing = "holds" | "missed" | "not measured";

/** Undefined of a row without a bar. */
export function standingOf({ asked, ...row }: BenchRow): Standing | undefined {
	if (asked === undefined) return undefined;
	const value = row[asked.of];
	if (value === null || !Number.isFinite(value)) return "not measured";
	const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = asked;
	return value >= least && value <= most ? "holds" : "missed";
}

/** "ratio >= 1.1". */
export function describeBar({ of, least, most }: Bar): string {
	return `${of} ${least === undefined ? `<= ${most}` : `>= ${least}`}`;
}

/** Throws unless every bar holds, the rows with it; one that was not measured does not. */
export function holdBars(rows: readonly BenchRow[]): void {
	const wanting = rows.flatMap((row) => {
		const standing = standingOf(row);
		if (row.asked === undefined || standing === "holds") return [];
		return [`${row.name}: ${describeBar(row.asked)} ${standing}`];
	});
	if (wanting.length === 0) return;
	throw new AttuneError("internal", `bars that do not hold: ${wanting.join("; ")}`, {
		found: { rows },
		remedy: "Measure on a quiet machine, with --rival where there is one; where it stays so, something became slower.",
	});
}
