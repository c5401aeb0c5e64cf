/** `attune bench complete`: typing into a file of 500 lines, each key asked of a serving process as an editor starts it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { besideRows, type Key, keyOf, type TypingTimes, typingRows } from "#engine/bench/complete";
import type { BenchRow } from "#engine/bench/row";
import { servedModel, typingRequests } from "#engine/bench/serving";
import { programFile } from "#engine/home";
import type { Connection } from "#protocol/connection";
import { type CompleteCall, complete, type ModelChoice, useAdapter, useModel } from "#protocol/serving";
import { startChild } from "#supervise/child";
import { besideLearning } from "./besideLearning.ts";

export interface CompleteBenchOptions {
	readonly choice: ModelChoice;
	/** PEFT folder; undefined: one of random numbers, too small to change what is suggested. */
	readonly adapter: string | undefined;
	readonly cancel: CancelToken;
	readonly onKey: (done: number, all: number) => void;
}

const typedLines = 16;
/** The longest that an editor waits for a pause between keys, in milliseconds: a known suggestion does not. */
const longestWait = 250;
/** Requests that are cancelled, after 0 to `latestStop` milliseconds in turn. */
const stops = 240;
const latestStop = 19;

export function benchComplete(options: CompleteBenchOptions): Promise<readonly BenchRow[]> {
	return withAdapter(options, async (adapter) => typingRows(await measure(options, adapter)));
}

/** Alone, then beside a project that is being learned; `cpuSeconds` is the processor time that learning got meanwhile. */
export function benchCompleteBesideLearning(
	options: CompleteBenchOptions,
): Promise<{ readonly rows: readonly BenchRow[]; readonly cpuSeconds: number }> {
	return withAdapter(options, async (adapter) => {
		const alone = await measure(options, adapter);
		const { result, cpuSeconds } = await besideLearning(options.choice.model, () => measure(options, adapter));
		return { rows: [...typingRows(alone), ...besideRows(alone, result)], cpuSeconds };
	});
}

async function withAdapter<T>({ choice, adapter }: CompleteBenchOptions, work: (adapter: string) => Promise<T>) {
	if (adapter !== undefined) return await work(adapter);
	const place = mkdtempSync(join(tmpdir(), "attune-bench-"));
	try {
		return await work((await servedModel(choice.model, choice.format, place)).adapter);
	} finally {
		rmSync(place, { recursive: true, force: true });
	}
}

/** In a process of its own. */
async function measure({ choice, cancel, onKey }: CompleteBenchOptions, adapter: string): Promise<TypingTimes> {
	const child = startChild({ file: programFile("serve"), lean: true });
	try {
		const { connection } = child;
		connection.listen();
		await connection.call(useModel, choice);
		await connection.call(useAdapter, { folder: adapter });
		const [first, ...requests] = typingRequests("src/typed.ts", typedLines, {});
		// Reads the file.
		if (first !== undefined) await connection.call(complete, first);
		const keys: Key[] = [];
		const [known, tokens]: [number[], number[]] = [[], []];
		for (const request of requests) {
			throwIfCancelled(cancel);
			const { ms, outcome } = await timed(connection, request);
			keys.push(keyOf(outcome, ms));
			onKey(keys.length, requests.length);
			if (outcome.kind === "silence") continue;
			if (outcome.tokens > 1) tokens.push(outcome.milliseconds.decode / (outcome.tokens - 1));
			known.push((await timed(connection, { ...request, waitMs: longestWait })).ms);
		}
		return { keys, known, tokens, stops: await stopTimes(connection) };
	} finally {
		await child.stop(5_000);
	}
}

async function timed(connection: Connection, call: CompleteCall) {
	const started = performance.now();
	const outcome = await connection.call(complete, call);
	return { ms: performance.now() - started, outcome };
}

/** Milliseconds from a cancellation to the end of its request, of those that had not ended before. */
async function stopTimes(connection: Connection): Promise<number[]> {
	const times: number[] = [];
	const requests = typingRequests("src/stopped.ts", typedLines, { threshold: 0, enough: Number.POSITIVE_INFINITY });
	for (const [i, request] of requests.slice(0, stops).entries()) {
		const abort = new AbortController();
		let stopped = 0;
		const stop = () => {
			stopped = performance.now();
			abort.abort();
		};
		const timer = i === 0 ? undefined : setTimeout(stop, i % (latestStop + 1));
		await connection.call(complete, request, abort.signal);
		clearTimeout(timer);
		if (stopped > 0) times.push(performance.now() - stopped);
	}
	return times;
}
