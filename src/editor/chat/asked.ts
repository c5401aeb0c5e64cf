/** Lines that a question was about: what they were when it was asked, and where they stand now. Knows nothing of the editor. */
import { createHash } from "node:crypto";
import type { Attached } from "#protocol/chatPage";
import type { Lines } from "./place.ts";

/** With what its lines are in `text`, all of the file; undefined: the file cannot be read. */
export function asAsked(part: Attached, text: string | undefined): Attached {
	if (part.lines === undefined || text === undefined) return { ...part, asked: undefined };
	const [first, last] = part.lines;
	const lines = linesOf(text).slice(first - 1, last);
	return { ...part, asked: { length: lines.join("\n").length, hash: hashOf(lines) } };
}

/** Where the same lines stand in `text`: where they were, else in the only place that there is. */
export function whereNow({ lines, asked }: Attached, text: string): Lines | undefined {
	if (lines === undefined || asked === undefined) return undefined;
	const [first, last] = lines;
	const count = last - first + 1;
	const all = linesOf(text);
	const starts = [0];
	for (const [i, line] of all.entries()) starts.push((starts[i] ?? 0) + line.length + 1);
	// Only what is as long is worth a hash.
	const isThere = (from: number) =>
		(starts[from + count] ?? 0) - (starts[from] ?? 0) - 1 === asked.length &&
		hashOf(all.slice(from, from + count)) === asked.hash;
	const found = isThere(first - 1) ? [first - 1] : [...all.keys()].filter(isThere);
	const [from] = found;
	return from !== undefined && found.length === 1 ? { from, to: from + count } : undefined;
}

/** An editor's text has no byte order mark, a file may. */
function linesOf(text: string): string[] {
	return text.replace(/^\uFEFF/, "").split(/\r\n?|\n/);
}

function hashOf(lines: readonly string[]): string {
	return createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16);
}
