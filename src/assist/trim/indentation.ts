import { opensBlock } from "../extent/extent.ts";
import { indentOf, isBlank, leading, type Place, previousLine } from "../place.ts";
import type { TrimRule } from "./candidate.ts";

/** How the document indents: "\t", or so many spaces; undefined if nothing in it is indented and the editor did not say. */
export function indentUnit({ previous, following, linePrefix, unit }: Place): string | undefined {
	let tabs = 0;
	let spaces = 0;
	const steps = new Map<number, number>();
	let last = 0;
	for (const line of [...previous, `${leading(linePrefix)}.`, ...following]) {
		if (isBlank(line)) continue;
		const blanks = leading(line);
		if (blanks.startsWith("\t")) tabs++;
		else if (blanks.length >= 2) spaces++;
		const step = Math.abs(blanks.length - last);
		if (!blanks.includes("\t") && step >= 2 && step <= 8) steps.set(step, (steps.get(step) ?? 0) + 1);
		last = blanks.length;
	}
	if (tabs + spaces === 0) return unit;
	if (tabs > spaces) return "\t";
	const [[common] = [4]] = [...steps].sort((a, b) => b[1] - a[1]);
	return " ".repeat(common);
}

/** The first line continues the blanks before the cursor: a model that writes them again is not believed. */
export const firstLineIndent: TrimRule = (candidate, { place }) => {
	if (!isBlank(place.linePrefix)) return candidate;
	const [first = "", ...rest] = candidate.text.split("\n");
	const blanks = leading(first);
	if (blanks === "" || isBlank(first)) return candidate;
	const there = indentOf(place.linePrefix);
	// At the line's start the model alone says how deep it is.
	if (there === 0) return candidate;
	const wanted = Math.max(there, expectedIndent(place));
	const excess = there + indentOf(blanks) - wanted;
	if (excess <= 0) return candidate;
	const kept = dropColumns(blanks, excess);
	const shifted = rest.every((line) => isBlank(line) || indentOf(line) >= there + indentOf(blanks));
	const lines = shifted ? rest.map((line) => dropColumns(leading(line), excess) + line.trimStart()) : rest;
	return { ...candidate, text: [kept + first.trimStart(), ...lines].join("\n") };
};

/** Every line is indented as the document is: with tabs, or with spaces. */
export const documentIndent: TrimRule = (candidate, { place }) => {
	const unit = indentUnit(place);
	if (unit === undefined) return candidate;
	const lines = candidate.text.split("\n");
	const spaced = lines.filter((line) => /^ {2}/.test(line)).map((line) => leading(line).length);
	const width = spaced.length === 0 ? 4 : Math.min(...spaced) % 4 === 0 ? 4 : 2;
	const fixed = lines.map((line, i) => {
		// The first line's blanks are its beginning only where the cursor's line is blank.
		if (i === 0 && !isBlank(place.linePrefix)) return line;
		const blanks = leading(line);
		const own = unit === "\t" ? toTabs(blanks, width) : blanks.replaceAll("\t", unit);
		return own + line.slice(blanks.length);
	});
	return { ...candidate, text: fixed.join("\n") };
};

function toTabs(blanks: string, width: number): string {
	const columns = [...blanks].reduce((sum, blank) => sum + (blank === "\t" ? width : 1), 0);
	return "\t".repeat(Math.floor(columns / width)) + " ".repeat(columns % width);
}

function expectedIndent(place: Place): number {
	const above = previousLine(place);
	if (above === undefined) return 0;
	return indentOf(above) + (opensBlock(above, place.shape) ? indentOf(indentUnit(place) ?? "\t") : 0);
}

function dropColumns(blanks: string, columns: number): string {
	let left = columns;
	let from = 0;
	while (left > 0 && from < blanks.length) left -= blanks[from++] === "\t" ? 4 : 1;
	return blanks.slice(from);
}
