import { type Bracket, balanceOf } from "./brackets.ts";
import type { TrimRule } from "./candidate.ts";

/** Characters before and after the cursor that are paired. */
const reach = 100_000;

/** Closes only what it opened, or what the document leaves open: the rest is cut off. */
export const onlyOwnClosers: TrimRule = (candidate, { place }) => {
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
		if (free <= 0) return cutAt(candidate.text, at);
		open.set(kind, (open.get(kind) ?? 0) - 1);
	}
	return candidate;
};

/** Without the closing bracket and all behind it; the whole line goes if nothing stands before it. */
function cutAt(text: string, at: number) {
	const kept = text.slice(0, at).replace(/\n[ \t]*$/, "");
	return kept.trim() === "" ? "nothingAfterTrimming" : { text: kept, replaces: 0 };
}

function count(brackets: readonly Bracket[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const { kind } of brackets) counts.set(kind, (counts.get(kind) ?? 0) + 1);
	return counts;
}
