import { followingLine, isBlank, type Place } from "../place.ts";
import type { TrimRule } from "./candidate.ts";

/** A line that says something: two lines that both hold but a bracket do not repeat each other. */
function says(line: string): boolean {
	return (line.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= 4;
}

/** What stands right before the cursor is not worth suggesting. */
export const notTheLinesBefore: TrimRule = (candidate, { place }) => {
	const lines = wholeLines(candidate.text, place).filter((line) => !isBlank(line));
	const before = place.previous.filter((line) => !isBlank(line)).slice(-8);
	const [first, second] = lines;
	if (first === undefined || !says(first)) return candidate;
	if (first.trim() === before.at(-1)?.trim()) return "repetition";
	const again = before.some(
		(line, i) => line.trim() === first.trim() && second !== undefined && before[i + 1]?.trim() === second.trim(),
	);
	return again ? "repetition" : candidate;
};

/** A text that goes in circles is cut after the first round, or is nothing if it circles within a line. */
export const notInCircles: TrimRule = (candidate) => {
	if (circlesInLine(candidate.text)) return "repetition";
	const lines = candidate.text.split("\n");
	const texts = lines.map((line) => line.trim());
	for (let period = 1; period <= 4; period++) {
		const rounds = period === 1 ? 3 : 2;
		for (let from = 0; from + period * rounds <= texts.length; from++) {
			const round = texts.slice(from, from + period);
			if (!round.some(says)) continue;
			const same = Array.from(
				{ length: period * (rounds - 1) },
				(_, i) => texts[from + period + i] === round[i % period],
			);
			if (same.every(Boolean)) return { ...candidate, text: lines.slice(0, from + period).join("\n") };
		}
	}
	return candidate;
};

const circleReach = 240;

/** Five times the same 2 to 20 characters, among them a letter or a digit. */
export function circlesInLine(text: string): boolean {
	// The end tells: whoever goes in circles does so to the end.
	return [...text.slice(-circleReach).matchAll(/([^\n]{2,20}?)\1{4,}/g)].some((match) =>
		/[\p{L}\p{N}]/u.test(match[1] ?? ""),
	);
}

/** A suggestion ends where it reaches the next line of the document. */
export const notTheLinesAfter: TrimRule = (candidate, { place }) => {
	const next = followingLine(place)?.trim();
	if (next === undefined || !says(next)) return candidate;
	const lines = wholeLines(candidate.text, place);
	const first = isBlank(place.linePrefix) ? 0 : 1;
	const at = lines.findIndex((line, i) => {
		if (i < first) return false;
		const text = line.trim();
		// The last line may have been cut short by the token budget.
		return text === next || (i > 0 && i === lines.length - 1 && says(text) && next.startsWith(text));
	});
	if (at < 0) return candidate;
	if (at === 0) return "repeatsFollowing";
	return { ...candidate, text: candidate.text.split("\n").slice(0, at).join("\n") };
};

function wholeLines(text: string, { linePrefix }: Place): string[] {
	return (linePrefix + text).split("\n");
}
