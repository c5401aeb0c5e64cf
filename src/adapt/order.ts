import { hashString } from "#base/random";

/** What decides when a file's turn comes. */
export interface Aged {
	readonly path: string;
	readonly modifiedMs: number;
}

/**
 * Recently changed files first: by the logarithm of the age in ten-minute units, counted from the newest file, then by a
 * hash of the path. Files of one age class are thus a fair sample of the project (a fresh clone is one class) and the
 * order does not hang on the second a file was written.
 */
export function recentFirst<T extends Aged>(files: readonly T[]): T[] {
	const newest = files.reduce((latest, file) => Math.max(latest, file.modifiedMs), Number.NEGATIVE_INFINITY);
	const ranked = files.map((file) => ({ file, age: ageClass(newest - file.modifiedMs), tie: hashString(file.path) }));
	ranked.sort((a, b) => a.age - b.age || a.tie - b.tie || compareText(a.file.path, b.file.path));
	return ranked.map(({ file }) => file);
}

/** 0 below ten minutes, 1 below thirty, 2 below seventy, ... doubling. */
export function ageClass(ageMs: number): number {
	return Math.floor(Math.log2(Math.max(0, ageMs) / 600_000 + 1));
}

/** Order by UTF-16 units: the same on every machine, unlike a locale's. */
export function compareText(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
