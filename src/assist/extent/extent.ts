import { followingLine, indentOf, isBlank, isClosers, type Place, previousLine } from "../place.ts";
import type { LanguageShape } from "./languages.ts";

/** How far a suggestion may go. */
export type Extent =
	/** To the end of the line. */
	| { readonly kind: "line" }
	/** Lines indented deeper than `parent`, up to and with the line that closes them. */
	| { readonly kind: "body"; readonly parent: number }
	/** Statements as deep as the first one, ending with the end of a block that they opened. */
	| { readonly kind: "statements" };

/** Decided by syntax, from the lines around the cursor. `invoked`: the user asked for more than a line. */
export function extentAt(place: Place, invoked = false): Extent {
	const { linePrefix, lineSuffix, shape } = place;
	if (!isClosers(lineSuffix)) return { kind: "line" };
	const above = isBlank(linePrefix) ? previousLine(place) : linePrefix;
	if (above !== undefined && opensBlock(above, shape) && !hasBody(above, place))
		return { kind: "body", parent: indentOf(above) };
	if (isBlank(linePrefix) && above !== undefined && endsComment(above, shape)) return { kind: "statements" };
	return invoked ? { kind: "statements" } : { kind: "line" };
}

/** Most tokens that are ever asked for. */
export const mostNewTokens = 256;

/** Most tokens to ask for. */
export function tokenBudget(extent: Extent, invoked = false): number {
	if (extent.kind === "line") return 48;
	return invoked ? mostNewTokens : 128;
}

export function opensBlock(line: string, shape: LanguageShape): boolean {
	const code = withoutComment(line, shape).trimEnd();
	if (isBlank(code)) return false;
	return /[{([]$/.test(code) || shape.opener?.test(code) === true;
}

/** Whether the line is a comment, or the end of one over lines. */
export function endsComment(line: string, shape: LanguageShape): boolean {
	const text = line.trim();
	if (shape.lineComment !== undefined && text.startsWith(shape.lineComment)) return true;
	if (shape.blocks === "indentation" && text.endsWith('"""')) return true;
	return shape.blockComment !== undefined && text.endsWith(shape.blockComment[1]);
}

/** Whether the cursor is in a comment, as far as its own line and the marks before it tell. */
export function inComment(place: Place): boolean {
	const { lineComment, blockComment, quotes } = place.shape;
	if (lineComment !== undefined && commentStart(place.linePrefix, lineComment, quotes) >= 0) return true;
	if (blockComment === undefined) return false;
	const before = [...place.previous, place.linePrefix].join("\n");
	return before.lastIndexOf(blockComment[0]) > before.lastIndexOf(blockComment[1]);
}

function withoutComment(line: string, { lineComment, quotes }: LanguageShape): string {
	const at = lineComment === undefined ? -1 : commentStart(line, lineComment, quotes);
	return at < 0 ? line : line.slice(0, at);
}

/** Where a line comment begins that is not inside a string; -1 if none does. */
function commentStart(line: string, mark: string, quotes: string): number {
	let quote = "";
	for (let i = 0; i < line.length; i++) {
		const unit = line[i] as string;
		if (unit === "\\") i++;
		else if (quote !== "") quote = unit === quote ? "" : quote;
		else if (quotes.includes(unit)) quote = unit;
		else if (line.startsWith(mark, i)) return i;
	}
	return -1;
}

/** Whether the block that `above` opens already holds something. */
function hasBody(above: string, place: Place): boolean {
	const next = followingLine(place);
	return next !== undefined && indentOf(next) > indentOf(above);
}
