import type { SilenceReason } from "../silence.ts";
import { type Bracket, balanceOf } from "./brackets.ts";
import type { Candidate, TrimPoint, TrimRule } from "./candidate.ts";
import { takesOverClosers, withoutSuffixOverlap } from "./suffix.ts";

/** Characters before and after the cursor that are paired. */
const reach = 100_000;

/** Closes only what it opened, or what the document leaves open: the rest is cut off. */
export const onlyOwnClosers: TrimRule = (candidate, point) => {
	const { place } = point;
	// In prose brackets pair with nothing.
	if (place.shape.quotes === "") return candidate;
	const { quote } = balanceOf(place.linePrefix, place.shape);
	const { unopened } = balanceOf(candidate.text, place.shape, quote);
	if (unopened.length === 0) return candidate;
	const open = count(balanceOf(place.prefix.slice(-reach), place.shape).unclosed);
	const behind = place.suffix.slice(candidate.replaces, candidate.replaces + reach);
	const closed = count(balanceOf(behind, place.shape).unopened);
	for (const { at, kind } of unopened) {
		const free = (open.get(kind) ?? 0) - (closed.get(kind) ?? 0);
		if (free <= 0) return cutAt(candidate, at, point);
		open.set(kind, (open.get(kind) ?? 0) - 1);
	}
	return candidate;
};

/**
 * Without the closing bracket and all behind it; the whole line goes if nothing stands before it. What took over marks behind the cursor
 * is fitted to them anew: it may close fewer of them now.
 */
function cutAt({ text, replaces }: Candidate, at: number, point: TrimPoint): Candidate | SilenceReason {
	const kept = { text: text.slice(0, at).replace(/\n[ \t]*$/, ""), replaces: 0 };
	if (kept.text.trim() === "") return "nothingAfterTrimming";
	return replaces === 0 ? kept : onlyOwnClosers(takesOverClosers(withoutSuffixOverlap(kept, point), point), point);
}

function count(brackets: readonly Bracket[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const { kind } of brackets) counts.set(kind, (counts.get(kind) ?? 0) + 1);
	return counts;
}
