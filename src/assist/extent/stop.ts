import { indentOf, isBlank, isClosers, type Place } from "../place.ts";
import type { Extent } from "./extent.ts";

export interface Cut {
	readonly text: string;
	/** Nothing that follows could change `text`. */
	readonly done: boolean;
}

/** Lines of a suggestion nobody asked for by hand. */
const mostLines = 12;
const mostLinesInvoked = 30;

/**
 * What of `text`, which may still be growing, is within the extent. Only lines that have ended are judged unless `ended`.
 */
export function cutToExtent(text: string, extent: Extent, place: Place, ended: boolean, invoked = false): Cut {
	const lines = text.split("\n");
	if (extent.kind === "line") return { text: lines[0] ?? "", done: lines.length > 1 };
	const certain = ended ? lines.length : lines.length - 1;
	const most = invoked ? mostLinesInvoked : mostLines;
	const kept = place.shape.blocks === "none" ? paragraph(lines, certain) : block(lines, certain, extent, place);
	const count = Math.min(kept.count, most);
	return { text: lines.slice(0, count).join("\n"), done: kept.done || count === most };
}

interface Kept {
	readonly count: number;
	readonly done: boolean;
}

/** Up to the first blank line after something. */
function paragraph(lines: readonly string[], certain: number): Kept {
	const first = lines.findIndex((line) => !isBlank(line));
	const end = lines.findIndex((line, i) => i > first && i < certain && isBlank(line));
	return first < 0 || end < 0 ? { count: lines.length, done: false } : { count: end, done: true };
}

function block(lines: readonly string[], certain: number, extent: Extent, place: Place): Kept {
	const whole = (i: number): string => (i === 0 ? place.linePrefix : "") + (lines[i] as string);
	const first = lines.findIndex((_, i) => !isBlank(whole(i)));
	if (first < 0) return { count: lines.length, done: false };
	const opened = extent.kind === "body";
	// Lines of the block are deeper than this; a first line that opens the body stands at this depth itself.
	const floor = extent.kind === "body" ? extent.parent : indentOf(whole(first)) - 1;
	const start = opened && first === 0 && !isBlank(place.linePrefix) ? 1 : first;
	let deeper = false;
	for (let i = start; i < certain; i++) {
		const line = whole(i);
		if (isBlank(line)) {
			if (i > start && isBlank(whole(i - 1))) return { count: i - 1, done: true };
			continue;
		}
		const depth = indentOf(line);
		if (depth <= floor) {
			const closes = opened && depth === floor && isEnd(line, place);
			return closes ? { count: i + 1, done: true } : { count: withoutBlanks(lines, i), done: true };
		}
		if (!opened && i > first && depth === floor + 1 && deeper) {
			if (isEnd(line, place)) return { count: i + 1, done: true };
			if (place.shape.blocks === "indentation" && !/^\s*(else|elif|except|finally|case)\b/.test(line))
				return { count: withoutBlanks(lines, i), done: true };
		}
		deeper ||= depth > floor + 1;
	}
	return { count: lines.length, done: false };
}

/** A line that ends a block: closing brackets, or the language's word for it. */
function isEnd(line: string, { shape }: Place): boolean {
	return shape.blocks === "words" ? /^\s*(end|fi|done|esac)\b/.test(line) : isClosers(line);
}

function withoutBlanks(lines: readonly string[], count: number): number {
	let kept = count;
	while (kept > 0 && isBlank(lines[kept - 1] as string)) kept--;
	return kept;
}
