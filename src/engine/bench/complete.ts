/** What `attune bench complete` types, and what it tells of the times that took. */
import type { Outcome } from "#assist/complete";
import type { Situation } from "#assist/situation";
import { invariant } from "#base/assert";
import { guardTexts } from "../guardText.ts";
import type { Bar } from "./bars.ts";
import type { BenchRow } from "./row.ts";

/** A typed key. */
export interface Key {
	/** "suggestion": by the model; "known": by what it suggested before. */
	readonly kind: "suggestion" | "known" | "silent";
	/** Milliseconds from the request to the answer. */
	readonly ms: number;
}

/** All in milliseconds. */
export interface TypingTimes {
	readonly keys: readonly Key[];
	/** Of asking again at a place whose suggestion is known. */
	readonly known: readonly number[];
	/** From a cancellation to the end of its request. */
	readonly stops: readonly number[];
	/** A token's part of each suggestion. */
	readonly tokens: readonly number[];
}

const lines = 500;

const median = 0.5;
const late = 0.95;

/** One situation per character of so many lines, which are taken out of a file of 500 and typed again. */
export function situationsOfTyping(path: string, typedLines: number): Situation[] {
	const sources = guardTexts().filter(({ name }) => name.endsWith(".ts"));
	const all = sources.flatMap(({ text }) => text.split("\n")).slice(0, lines);
	invariant(all.length === lines, "the guard texts have fewer lines than the benchmark types into");
	const at = Math.floor(lines * 0.6);
	const before = `${all.slice(0, at).join("\n")}\n`;
	const typed = all.slice(at, at + typedLines).join("\n");
	const after = `\n${all.slice(at + typedLines).join("\n")}`;
	return Array.from({ length: typed.length }, (_, i) => ({
		...{ path, language: "typescript", repository: "bench", trigger: "typing" as const },
		...{ text: before + typed.slice(0, i + 1) + after, offset: before.length + i + 1, files: [], recent: [] },
	}));
}

export function keyOf(outcome: Outcome, ms: number): Key {
	if (outcome.kind === "silence") return { kind: "silent", ms };
	return { kind: outcome.source === "cache" ? "known" : "suggestion", ms };
}

export function typingRows({ keys, known, stops, tokens }: TypingTimes): readonly BenchRow[] {
	const [shown, silent, all] = [of("suggestion", keys), of("silent", keys), keys.map(({ ms }) => ms)];
	const answered = keys.filter(({ kind }) => kind !== "silent").length;
	const token = quantile(tokens, median);
	return [
		row("suggestion", shown, median, { of: "ours", most: 60 }),
		row("suggestion", shown, late, { of: "ours", most: 150 }),
		...[row("silent key", silent, median), row("silent key", silent, late)],
		...[row("every key", all, median), row("every key", all, late)],
		{
			...{ name: "keys with a suggestion", unit: "%", ours: (100 * answered) / keys.length },
			...unrivalled(keys.length),
		},
		row("known suggestion", known, late, { of: "ours", most: 10 }),
		row("giving up", stops, median, { of: "ours", most: Number(token.toPrecision(4)) }),
		...[row("one token", tokens, median), row("giving up", stops, late), row("one token", tokens, late)],
	];
}

/** Rows of typing beside other work, and how much longer a suggestion takes there than without. */
export function besideRows(before: TypingTimes, beside: TypingTimes): readonly BenchRow[] {
	const rows = typingRows(beside).map(({ asked: _, ...rest }) => ({ ...rest, name: `${rest.name}, while learning` }));
	const [quiet = [], slow = []] = [before, beside].map(({ keys }) => of("suggestion", keys));
	const ours = quantile(slow, late) / quantile(quiet, late);
	const name = "suggestion, 95th of 100, while learning over alone";
	return [...rows, { name, unit: "times", ours, ...unrivalled(slow.length), asked: { of: "ours", most: 2 } }];
}

function of(kind: Key["kind"], keys: readonly Key[]): number[] {
	return keys.filter((key) => key.kind === kind).map(({ ms }) => ms);
}

function row(name: string, values: readonly number[], share: number, asked?: Bar): BenchRow {
	const which = share === median ? "median" : `${100 * share}th of 100`;
	const bar = asked !== undefined && { asked };
	return { name: `${name}, ${which}`, unit: "ms", ours: quantile(values, share), ...unrivalled(values.length), ...bar };
}

function unrivalled(runs: number): Pick<BenchRow, "rival" | "ratio" | "runs"> {
	return { rival: null, ratio: null, runs };
}

/** NaN of none. */
function quantile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
