/** What a window leaves on the disk, and that no text of a file is in its logs. */
import { deepEqual, ok } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Window } from "#test/editor/window";

export function filesBelow(folder: string): string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.filter((path) => !path.includes("/extensions/"));
}

/** Attune's own log says `word`: it is one that was written; and none, of whoever in that window, holds any of the `texts`. */
export function checkLogs({ data }: Window, word: string, texts: readonly string[]): void {
	const logs = filesBelow(data)
		.filter((path) => path.includes("/logs/"))
		.map((path) => ({ path, text: readFileSync(path, "utf8") }));
	ok(
		logs.some(({ path, text }) => path.endsWith("/Attune.log") && text.includes(word)),
		`no log says "${word}": ${logs.map(({ path }) => path).join()}`,
	);
	deepEqual(
		logs.filter(({ text }) => texts.some((part) => text.includes(part))).map(({ path }) => path),
		[],
	);
}
