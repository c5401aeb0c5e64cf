/** Aligned columns for a terminal. */

/** Rows of cells, the first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
	const widths: number[] = [];
	for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
	return rows
		.map((row) =>
			row
				.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}

/** `83 s`, `4 min 10 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
	if (seconds < 0.95) return `${Math.round(seconds * 1000)} ms`;
	const whole = Math.round(seconds);
	if (whole < 100) return `${whole} s`;
	const minutes = Math.floor(whole / 60);
	return minutes < 100 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function percent(share: number, digits = 1): string {
	return `${(100 * share).toFixed(digits)} %`;
}
