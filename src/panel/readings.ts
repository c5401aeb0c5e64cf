/** The readings of a report: what each is, before and after, and whether its change is more than noise. Pure. */
import type { ShownReport } from "#protocol/learningPage";
import { beyondNoise, percent, signed } from "./figures.ts";
import { t } from "./words.ts";

export interface Reading {
	readonly name: string;
	readonly before: string;
	readonly after: string;
	readonly change: string;
	/** "" where too few files were asked for one. */
	readonly interval: string;
	readonly verdict: string;
	readonly bar: Bar | undefined;
}

export interface Bar {
	/** Relative to what was there before: bars of different readings share one scale. */
	readonly low: number;
	readonly mean: number;
	readonly high: number;
	/** Whether the change is for the better, beyond noise. */
	readonly kind: "better" | "worse" | "noise";
}

type Interval = NonNullable<ShownReport["changes"]>["top1"];

interface Kind {
	readonly key: "bitsPerByte" | "top1" | "exactMatch" | "editSimilarity";
	readonly name: string;
	readonly lowerIsBetter: boolean;
	readonly show: (value: number) => string;
	readonly change: (value: number) => string;
	readonly range: (low: number, high: number) => string;
}

/** Those that were measured, of the text that judged. */
export function readingsOf({ heldOut, changes }: ShownReport): readonly Reading[] {
	if (heldOut === null || changes === null) return [];
	return kinds().flatMap((kind) => {
		const [before, after] = [heldOut.before[kind.key], heldOut.after[kind.key]];
		return before === null || after === null ? [] : [readingOf(kind, before, after, changes[kind.key])];
	});
}

function readingOf(kind: Kind, before: number, after: number, interval: Interval | null): Reading {
	const { name, lowerIsBetter, show, change, range } = kind;
	const numbers = { name, before: show(before), after: show(after), change: change(after - before) };
	if (interval === null) return { ...numbers, interval: "", verdict: t("too few files to say"), bar: undefined };
	const better = lowerIsBetter ? interval.mean < 0 : interval.mean > 0;
	const found = !beyondNoise(interval) ? "noise" : better ? "better" : "worse";
	const scale = (lowerIsBetter ? -1 : 1) / Math.max(before, 1e-6);
	const [low, high] = [interval.low * scale, interval.high * scale].sort((a, b) => a - b) as [number, number];
	return {
		...numbers,
		interval: range(interval.low, interval.high),
		verdict: { better: t("better"), worse: t("worse"), noise: t("within noise") }[found],
		bar: { kind: found, mean: interval.mean * scale, low, high },
	};
}

/** How far the bars of a picture reach: the widest interval, but no more than three times what is usual. */
export function reachOf(readings: readonly Reading[]): number {
	const ends = readings
		.flatMap(({ bar }) => (bar === undefined ? [] : [Math.max(Math.abs(bar.low), Math.abs(bar.high))]))
		.sort((a, b) => a - b);
	const usual = ends[Math.floor((ends.length - 1) / 2)] ?? 0;
	return Math.max(1e-9, Math.min(ends.at(-1) ?? 0, 3 * usual));
}

export interface GuardReading {
	readonly before: string;
	readonly after: string;
	readonly change: string;
	readonly bound: string;
	readonly held: boolean;
}

/** Text that has nothing to do with the project; undefined where it was not measured. */
export function guardOf({ guard, guardBound }: ShownReport): GuardReading | undefined {
	if (guard === null) return undefined;
	const change = guard.after.bitsPerByte / guard.before.bitsPerByte - 1;
	return {
		before: guard.before.bitsPerByte.toFixed(3),
		after: guard.after.bitsPerByte.toFixed(3),
		change: `${signed(100 * change, 1)} %`,
		bound: percent(guardBound, 1),
		held: change <= guardBound,
	};
}

function kinds(): readonly Kind[] {
	const shares = {
		show: (value: number) => percent(value, 1),
		change: (value: number) => t("{0} points", signed(100 * value, 1)),
		range: (low: number, high: number) => t("{0} to {1} points", signed(100 * low, 1), signed(100 * high, 1)),
		lowerIsBetter: false,
	};
	return [
		{
			...{ key: "bitsPerByte", name: t("bits per byte"), lowerIsBetter: true },
			...{ show: (value) => value.toFixed(3), change: (value) => signed(value, 3) },
			range: (low, high) => t("{0} to {1}", signed(low, 3), signed(high, 3)),
		},
		{ key: "top1", name: t("next token right"), ...shares },
		{ key: "exactMatch", name: t("whole line right"), ...shares },
		{ key: "editSimilarity", name: t("likeness of lines"), ...shares },
	];
}
