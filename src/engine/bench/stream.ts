import { defined } from "#base/assert";
import { createTally } from "../feed/tally.ts";
import { feed } from "../feed.ts";
import { attuneHome } from "../home.ts";
import { readModelFiles } from "../modelFiles.ts";
import { resolveModel } from "../models.ts";
import type { Bar } from "./bars.ts";
import type { BenchRow } from "./row.ts";

/** One pass over a folder. */
interface Pass {
	readonly seconds: number;
	/** Of the text that came through; what was read and left out counts only against the time. */
	readonly bytes: number;
	/** Spent in the tokenizer, not part of `seconds`. */
	readonly tokenising: number;
}

/** Passes that are not counted: they fill the system's cache of files, and the code is compiled in them. */
const warmUps = 2;

/**
 * Streams the folder `runs` times, as learning would: 10^6 bytes of text that came through per second of reading, judging
 * and comparing. Tokenising, with the shipped model's tokenizer, has a row of its own.
 */
export async function benchStream(folder: string, runs = 7): Promise<readonly BenchRow[]> {
	const { tokenizer } = readModelFiles(resolveModel(undefined, attuneHome()).folder);
	const passes: Pass[] = [];
	for (let run = -warmUps; run < runs; run++) {
		const done = await pass(folder, (text) => tokenizer.encode(text));
		if (run >= 0) passes.push(done);
	}
	const row = (name: string, seconds: (pass: Pass) => number, asked?: Bar): BenchRow => {
		const rates = passes.map((each) => each.bytes / 1e6 / seconds(each)).sort((a, b) => a - b);
		const ours = defined(rates[Math.floor(runs / 2)], "the median pass");
		return { name, unit: "MB/s", ours, rival: null, ratio: null, runs, ...(asked !== undefined && { asked }) };
	};
	return [
		row("streaming and filtering", ({ seconds }) => seconds, { of: "ours", least: 20 }),
		row("tokenising", ({ tokenising }) => tokenising),
	];
}

async function pass(folder: string, tokenise: (text: string) => unknown): Promise<Pass> {
	const tally = createTally();
	let tokenising = 0;
	const start = performance.now();
	for await (const item of feed([folder])) {
		tally.add(item);
		if (item.kind !== "file") continue;
		const from = performance.now();
		tokenise(item.file.text);
		tokenising += performance.now() - from;
	}
	const seconds = (performance.now() - start - tokenising) / 1000;
	return { seconds, bytes: tally.read().bytes, tokenising: tokenising / 1000 };
}
