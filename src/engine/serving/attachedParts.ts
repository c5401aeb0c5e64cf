/** What a question brings along: the files as the editor has them, as far as the policy lets a model see them. */
import type { FeedItem, SourceFile } from "#adapt/source";
import type { ContextItem } from "#assist/retrieval";
import type { AttachedPart, LeftOutPart, ShownPart } from "#protocol/talking";

export interface AttachedItems {
	readonly items: readonly ContextItem[];
	readonly refused: readonly LeftOutPart[];
}

/** `judge`: the file for a model to see, or why it is not for one. */
export function attachedItems(
	parts: readonly AttachedPart[],
	judge: (file: string, text: string | undefined) => FeedItem,
): AttachedItems {
	const items: ContextItem[] = [];
	const refused: LeftOutPart[] = [];
	for (const { file, text, lines } of parts) {
		const judged = judge(file, text);
		if (judged.kind === "skipped") {
			refused.push({ path: judged.skipped.path, lines, reason: judged.skipped.reason });
			continue;
		}
		const item = cutOut(judged.file, lines);
		if (item.text.trim() === "") refused.push({ path: item.path, lines, reason: "empty" });
		else items.push(item);
	}
	return { items, refused };
}

/** What of `items` is not among `shown`, because the context is too short for it. */
export function tooLong(items: readonly ContextItem[], shown: readonly ShownPart[]): readonly LeftOutPart[] {
	return items.flatMap(({ path, lines: [first, last] }) => {
		const part = shown.find((one) => one.path === path && one.lines[0] === first && one.lines[1] <= last);
		if (part?.lines[1] === last) return [];
		const lines = [part === undefined ? first : part.lines[1] + 1, last] as const;
		return [{ path, lines, reason: "tooLong" }];
	});
}

/** Lines beyond the end are left away: the file may have changed since it was attached. */
function cutOut({ path, text, language }: SourceFile, wanted: readonly [number, number] | undefined): ContextItem {
	const all = text.split("\n");
	const [first, last] = wanted ?? [1, all.length];
	const lines = all.slice(first - 1, last);
	while (lines.length > 1 && lines.at(-1)?.trim() === "") lines.pop();
	return { path, language, text: lines.join("\n"), lines: [first, first + lines.length - 1] };
}
