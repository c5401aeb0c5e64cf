import { defined, invariant } from "#base/assert";
import { createTally } from "./feed/tally.ts";
import { feed } from "./feed.ts";

/** One pass over a folder; of several, the one with the median time. */
export interface StreamSpeed {
	/** 10^6 bytes of text that came through, per second of reading, judging and comparing; tokenising is not part of it. */
	readonly megabytesPerSecond: number;
	readonly seconds: number;
	/** Of the text that came through; what was read and left out counts only against the time. */
	readonly bytes: number;
	readonly files: number;
	readonly skipped: number;
	/** How often the folder was streamed. */
	readonly runs: number;
}

/** Streams the folder `runs` times, as learning would, and drops the text. All but the first find the files in the system's cache. */
export async function benchStream(folder: string, runs = 5): Promise<StreamSpeed> {
	invariant(runs >= 1, "a bench runs at least once");
	const passes: StreamSpeed[] = [];
	for (let run = 0; run < runs; run++) passes.push(await pass(folder, runs));
	passes.sort((a, b) => a.seconds - b.seconds);
	return defined(passes[Math.floor(runs / 2)], "the median pass");
}

async function pass(folder: string, runs: number): Promise<StreamSpeed> {
	const tally = createTally();
	const start = performance.now();
	for await (const item of feed([folder])) tally.add(item);
	const seconds = (performance.now() - start) / 1000;
	const { bytes, used, list } = tally.read();
	return { megabytesPerSecond: bytes / 1e6 / seconds, seconds, bytes, files: used, skipped: list.length, runs };
}
