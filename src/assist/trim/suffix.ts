import { isClosers } from "../place.ts";
import { balanceOf } from "./brackets.ts";
import type { Candidate, TrimPoint } from "./candidate.ts";

/** What follows the cursor on its line is not written twice. */
export const withoutSuffixOverlap = (candidate: Candidate, { place }: TrimPoint): Candidate => {
	const rest = place.lineSuffix.trimEnd();
	if (candidate.replaces > 0 || rest === "") return candidate;
	const { quote } = balanceOf(place.linePrefix, place.shape);
	const text = candidate.text.trimEnd();
	for (let length = Math.min(rest.length, text.length); length > 0; length--) {
		if (!text.endsWith(rest.slice(0, length))) continue;
		const shorter = text.slice(0, text.length - length);
		// A line of its own for what closes: it takes the place of the one behind the cursor.
		if (/\n[ \t]*$/.test(shorter)) continue;
		if (isOverlap(rest.slice(0, length), rest) && !leavesOpen(shorter, candidate.text, quote, place.shape))
			return { ...candidate, text: shorter };
	}
	return candidate;
};

/** Part of the rest counts if it holds a word, or is all there is but blanks and closing marks. */
function isOverlap(part: string, rest: string): boolean {
	return part === rest || isClosers(part) || (part.length >= 3 && /\w/.test(part));
}

/** Whether `shorter` leaves open what `whole` had closed: then its end was not the document's. */
function leavesOpen(shorter: string, whole: string, quote: string, shape: Parameters<typeof balanceOf>[1]): boolean {
	const before = balanceOf(shorter, shape, quote);
	const after = balanceOf(whole, shape, quote);
	return before.unclosed.length > after.unclosed.length;
}

/**
 * Closing marks that the editor put behind the cursor are taken over by a suggestion that closes them itself and goes on:
 * `log(▮)` with `"x");`.
 */
export const takesOverClosers = (candidate: Candidate, { place }: TrimPoint): Candidate => {
	const rest = place.lineSuffix.trimEnd();
	if (candidate.replaces > 0 || rest === "" || !isClosers(rest)) return candidate;
	const { quote } = balanceOf(place.linePrefix, place.shape);
	const [first] = balanceOf(candidate.text, place.shape, quote).unopened;
	const opening = quote !== "" && rest.startsWith(quote) ? candidate.text.indexOf(quote) : -1;
	const from = opening >= 0 ? opening : first?.at;
	if (from === undefined || !isSubsequence(rest.replace(/\s/g, ""), candidate.text.slice(from))) return candidate;
	return { ...candidate, replaces: place.lineSuffix.length };
};

function isSubsequence(part: string, text: string): boolean {
	let at = 0;
	for (const unit of text) if (unit === part[at]) at++;
	return at === part.length;
}
