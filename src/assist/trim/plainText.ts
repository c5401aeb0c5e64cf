import { markerSpellings } from "#text/infillFormat";
import { isBlank } from "../place.ts";
import type { TrimRule } from "./candidate.ts";

/** Spelled like these, nothing else is meant; a mere `<filename>` may be. */
const markers = markerSpellings.filter((marker) => /^<[|｜]|fim|^▁</.test(marker));

/** A marker that the model spelled out ends the text, unless the user's own text has that marker. */
export const withoutMarkers: TrimRule = (candidate, { place }) => {
	let end = candidate.text.length;
	for (const marker of markers) {
		const at = candidate.text.indexOf(marker);
		if (at >= 0 && at < end && !place.prefix.includes(marker) && !place.suffix.includes(marker)) end = at;
	}
	return { ...candidate, text: candidate.text.slice(0, end) };
};

/** One kind of line break; no half character at the end, no control characters. */
export const withPlainBreaks: TrimRule = (candidate) => ({
	...candidate,
	text: candidate.text
		.replace(/\r\n?/g, "\n")
		.replace(/\uFFFD+$/, "")
		.replace(/[^\P{Cc}\n\t]/gu, ""),
});

/** No blanks at the ends of lines. A suggestion that is all blank says nothing. */
export const withoutTrailingBlanks: TrimRule = (candidate, { place }) => {
	const text = candidate.text.replace(/[ \t]+(?=\n)/g, "").trimEnd();
	if (isBlank(text)) return "nothingAfterTrimming";
	// A blank before what follows on the line is wanted: `return ▮;` has none, `a ▮ b` has one.
	const blanks = /[ \t]+$/.exec(candidate.text)?.[0] ?? "";
	const needed = blanks !== "" && !text.includes("\n") && /^\w/.test(place.lineSuffix.slice(candidate.replaces));
	return { ...candidate, text: needed ? `${text} ` : text };
};

/** Lines left blank before the first text do not help where the cursor's own line is blank. */
export const withoutLeadingBlankLines: TrimRule = (candidate, { place, extent }) => {
	if (isBlank(place.linePrefix)) return { ...candidate, text: candidate.text.replace(/^([ \t]*\n)+/, "") };
	if (extent.kind === "line" && /^[ \t]*\n/.test(candidate.text)) return "nothingToAdd";
	return { ...candidate, text: candidate.text.replace(/^([ \t]*\n)+(?=[ \t]*\n)/, "") };
};

/** The word before the cursor is not written again: `con▮` with `console` becomes `sole`. */
export const withoutPartialWord: TrimRule = (candidate, { place }) => {
	const word = /[\p{L}_$][\p{L}\p{N}_$]*$/u.exec(place.linePrefix)?.[0] ?? "";
	const again =
		word.length >= 3 && candidate.text.startsWith(word) && /^[\p{L}\p{N}_$]/u.test(candidate.text.slice(word.length));
	return again ? { ...candidate, text: candidate.text.slice(word.length) } : candidate;
};
