import { createTally } from "./feed/tally.ts";
import { feed } from "./feed.ts";

export interface StreamSpeed {
	/** 10^6 bytes of text that came through, per second of reading, judging and comparing; tokenising is not part of it. */
	readonly megabytesPerSecond: number;
	readonly seconds: number;
	/** Of the text that came through; what was read and left out counts only against the time. */
	readonly bytes: number;
	readonly files: number;
	readonly skipped: number;
}

/** Streams the folder once, as learning would, and drops the text. */
export async function benchStream(folder: string): Promise<StreamSpeed> {
	const tally = createTally();
	const start = performance.now();
	for await (const item of feed([folder])) tally.add(item);
	const seconds = (performance.now() - start) / 1000;
	const { bytes, used, list } = tally.read();
	return { megabytesPerSecond: bytes / 1e6 / seconds, seconds, bytes, files: used, skipped: list.length };
}
