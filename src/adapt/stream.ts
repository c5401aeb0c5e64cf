import type { Tokenizer } from "#text/tokenizer";
import { roleOfFile, splitBlocks } from "./holdOut.ts";
import type { Learner } from "./learner.ts";
import { judgedWindowShare, type Shingles } from "./nearCopy.ts";
import type { WindowSkip } from "./select.ts";
import type { FeedItem } from "./source.ts";
import { windowKey } from "./windowKey.ts";
import { cutWindows, type SourceWindow, type TokenRange, tokenizeFile, wholeRange } from "./windows.ts";

/** A window of a stream, to be predicted and perhaps learned, or left alone for a reason. */
export interface StreamItem {
	readonly source: SourceWindow;
	readonly reason: WindowSkip | undefined;
}

export interface StreamContext {
	readonly tokenizer: Tokenizer;
	readonly learner: Pick<Learner, "capacity">;
	readonly modelId: string;
	/** Of the text that judges. It may come again in a changed file, at another place or under another name. */
	readonly judged: Shingles;
}

/** Windows lately seen that are not learned again: saving a file ten times shows its text once. */
const remembered = 65_536;

/** Each changed file as its windows: held-out text (by the project's own rule, or a copy of what judges) and repeated windows are marked. */
export async function* changedWindows(
	changes: AsyncIterable<FeedItem>,
	byBlocks: boolean,
	context: StreamContext,
): AsyncIterable<readonly StreamItem[]> {
	const seen = new Set<string>();
	const { tokenizer, learner, modelId, judged } = context;
	for await (const item of changes) {
		if (item.kind === "skipped") continue;
		const document = tokenizeFile(item.file, tokenizer);
		const cut = (range: TokenRange) => cutWindows(document, range, learner.capacity, tokenizer);
		const heldOut = !byBlocks && roleOfFile(document.path) !== "train";
		const windows = byBlocks ? splitBlocks(document).train.flatMap(cut) : cut(wholeRange(document));
		yield windows.map((source) => {
			if (heldOut || judged.shareOf(source.window.tokens) > judgedWindowShare) return { source, reason: "heldOut" };
			return { source, reason: isNew(windowKey(source.window, modelId), seen) ? undefined : "repeated" };
		});
	}
}

/** Chunks of `size` windows. The last of a group may be shorter: a changed file is learned at once, not when eight windows have gathered. */
export async function* chunksOf<Item extends StreamItem>(
	groups: AsyncIterable<Iterable<Item>> | Iterable<Iterable<Item>>,
	size: number,
): AsyncIterable<readonly Item[]> {
	for await (const group of groups) {
		const items = [...group];
		for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
	}
}

/** True the first time; the oldest keys are forgotten. */
function isNew(key: string, seen: Set<string>): boolean {
	const known = seen.delete(key);
	seen.add(key);
	if (seen.size > remembered) {
		for (const oldest of seen) {
			seen.delete(oldest);
			break;
		}
	}
	return !known;
}
