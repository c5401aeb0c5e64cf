import type { LanguageShape } from "../extent/languages.ts";

export interface Bracket {
	readonly at: number;
	/** The closing one of its pair. */
	readonly kind: string;
}

export interface Balance {
	/** Closing brackets whose opening is not in the text, in order. */
	readonly unopened: readonly Bracket[];
	/** Opening brackets that the text leaves open, the innermost last. */
	readonly unclosed: readonly Bracket[];
	/** The quote of a string that is open at the end. */
	readonly quote: string;
}

const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Pairs brackets, passing over strings and comments as far as a line shows them. `quote`: the text begins in such a string. */
export function balanceOf(text: string, shape: LanguageShape, quote = ""): Balance {
	const unopened: Bracket[] = [];
	const unclosed: Bracket[] = [];
	let inside = quote;
	for (let at = 0; at < text.length; at++) {
		const unit = text[at] as string;
		if (unit === "\\") at++;
		else if (inside !== "") {
			if (unit === inside || (unit === "\n" && inside !== "`")) inside = "";
		} else if (shape.quotes.includes(unit)) inside = unit;
		else if (shape.lineComment !== undefined && text.startsWith(shape.lineComment, at))
			at = endOr(text.indexOf("\n", at), text) - 1;
		else if (shape.blockComment !== undefined && text.startsWith(shape.blockComment[0], at))
			at = endOr(text.indexOf(shape.blockComment[1], at + 2), text) + 1;
		else if (closing[unit] !== undefined) unclosed.push({ at, kind: closing[unit] });
		else if (")]}".includes(unit)) {
			if (unclosed.at(-1)?.kind === unit) unclosed.pop();
			else unopened.push({ at, kind: unit });
		}
	}
	return { unopened, unclosed, quote: inside };
}

function endOr(at: number, text: string): number {
	return at < 0 ? text.length : at;
}
