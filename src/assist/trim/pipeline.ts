import { cutToExtent } from "../extent/stop.ts";
import type { SilenceReason } from "../silence.ts";
import type { Candidate, TrimPoint, TrimRule } from "./candidate.ts";
import { onlyOwnClosers } from "./closers.ts";
import { documentIndent, firstLineIndent } from "./indentation.ts";
import {
	withoutLeadingBlankLines,
	withoutMarkers,
	withoutPartialWord,
	withoutTrailingBlanks,
	withPlainBreaks,
} from "./plainText.ts";
import { notInCircles, notTheLinesAfter, notTheLinesBefore } from "./repetition.ts";
import { takesOverClosers, withoutSuffixOverlap } from "./suffix.ts";

const withinExtent: TrimRule = (candidate, { place, extent, invoked }) => ({
	...candidate,
	text: cutToExtent(candidate.text, extent, place, true, invoked).text,
});

/** What depends on the text behind the cursor, which may have changed since the model wrote. */
const endRules: readonly TrimRule[] = [withoutSuffixOverlap, takesOverClosers, onlyOwnClosers, withoutTrailingBlanks];

/** In this order: plain text, its extent, its looks, then what the document has already. */
const rules: readonly TrimRule[] = [
	withoutMarkers,
	withPlainBreaks,
	withoutLeadingBlankLines,
	firstLineIndent,
	withinExtent,
	documentIndent,
	withoutPartialWord,
	notInCircles,
	notTheLinesBefore,
	notTheLinesAfter,
	...endRules,
];

/** What of the model's text is shown, or why nothing is. */
export function trim(text: string, at: TrimPoint): Candidate | SilenceReason {
	return text === "" ? "nothingToAdd" : apply(rules, text, at);
}

/** What is left of a shown text after its beginning was typed: fitted again to what stands behind the cursor. */
export function trimRest(text: string, at: TrimPoint): Candidate | SilenceReason {
	return apply(endRules, text, at);
}

function apply(these: readonly TrimRule[], text: string, at: TrimPoint): Candidate | SilenceReason {
	let candidate: Candidate = { text, replaces: 0 };
	for (const rule of these) {
		const result = rule(candidate, at);
		if (typeof result === "string") return result;
		candidate = result;
	}
	return candidate;
}
