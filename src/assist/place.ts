import { type LanguageShape, shapeOf } from "./extent/languages.ts";

/** The surroundings of a cursor, in lines. All text has `\n` line breaks. */
export interface Place {
	readonly language: string;
	readonly shape: LanguageShape;
	/** The whole text before and after. */
	readonly prefix: string;
	readonly suffix: string;
	/** The cursor's line, before and after it. */
	readonly linePrefix: string;
	readonly lineSuffix: string;
	/** Lines before, the nearest last; lines after, the nearest first. At most 200 each. */
	readonly previous: readonly string[];
	readonly following: readonly string[];
	/** What the editor indents with, for a document that does not tell. */
	readonly unit: string | undefined;
}

const reach = 200;
/** More than 200 lines of code; a longer line is not looked at in whole. */
const reachCharacters = 20_000;

export function placeOf(prefix: string, suffix: string, language: string, unit?: string): Place {
	const before = prefix.slice(-reachCharacters).split("\n");
	const after = suffix.slice(0, reachCharacters).split("\n");
	return {
		...{ language, shape: shapeOf(language), prefix, suffix, unit },
		...{ linePrefix: before.at(-1) ?? "", lineSuffix: after[0] ?? "" },
		...{ previous: before.slice(-1 - reach, -1), following: after.slice(1, 1 + reach) },
	};
}

/** Width of leading blanks; a tab is as wide as four spaces. */
export function indentOf(line: string): number {
	let width = 0;
	for (const blank of leading(line)) width += blank === "\t" ? 4 : 1;
	return width;
}

export function leading(line: string): string {
	return /^[ \t]*/.exec(line)?.[0] ?? "";
}

export function isBlank(text: string): boolean {
	return text.trim() === "";
}

/** Nothing but closing brackets, quotes and the like: what an editor adds by itself, or a statement's end. */
export function isClosers(text: string): boolean {
	return /^[\s)\]}>"'`;,:]*$/.test(text);
}

export function previousLine(place: Place): string | undefined {
	return place.previous.findLast((line) => !isBlank(line));
}

export function followingLine(place: Place): string | undefined {
	return place.following.find((line) => !isBlank(line));
}
