/** What a run has read: passes the stream on and keeps names, reasons and hashes, never text. */
import { createHash } from "node:crypto";
import type { FeedItem, SkippedFile } from "#adapt/source";

export class Reading implements AsyncIterable<FeedItem> {
	readonly skipped: SkippedFile[] = [];
	/** Path to the first 16 hex digits of the SHA-256 of the text, of every file used. */
	readonly hashes = new Map<string, string>();
	readonly #items: AsyncIterable<FeedItem>;

	constructor(items: AsyncIterable<FeedItem>) {
		this.#items = items;
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<FeedItem> {
		for await (const item of this.#items) {
			if (item.kind === "skipped") this.skipped.push(item.skipped);
			else this.hashes.set(item.file.path, hashOf(item.file.text));
			yield item;
		}
	}
}

function hashOf(text: string): string {
	return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
