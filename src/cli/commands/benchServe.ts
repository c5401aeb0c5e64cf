/** `attune bench serve`: the serving process as an editor starts it, against what it was promised to take. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRow } from "#engine/bench/row";
import { bareMiB, type ServedModel, servedModel, typingRequests } from "#engine/bench/serving";
import { programFile } from "#engine/home";
import { ping } from "#protocol/calls";
import {
	type CompleteParams,
	complete,
	type ModelChoice,
	servingStatus,
	useAdapter,
	useModel,
} from "#protocol/serving";
import { ask } from "#protocol/talking";
import { type Child, startChild } from "#supervise/child";

export interface ServeBenchOptions {
	readonly choice: ModelChoice;
	readonly rounds: number;
	readonly onRound: (done: number, total: number) => void;
}

/** Suggestions after which memory is looked at. */
const suggestions = 25;
/** Exchanges of the adapter, and answers that are stopped, per round. */
const swaps = 5;
const answers = 6;

/** Rounds of a fresh process each, after one that warms up what is kept on the disk. */
export async function benchServe({ choice, rounds, onRound }: ServeBenchOptions): Promise<readonly BenchRow[]> {
	const place = mkdtempSync(join(tmpdir(), "attune-bench-"));
	try {
		const model = await servedModel(choice.model, choice.format, place);
		const measured: Measured[] = [];
		for (let round = 0; round <= rounds; round++) {
			const one = await measure(choice, model, await bareMiB());
			if (round > 0) measured.push(one);
			onRound(round + 1, rounds + 1);
		}
		const row = (name: string, unit: string, valuesOf: (one: Measured) => readonly number[]): BenchRow => {
			const values = measured.flatMap(valuesOf).sort((a, b) => a - b);
			return { name, unit, ours: values[values.length >> 1] ?? 0, rival: null, ratio: null, runs: values.length };
		};
		return [
			row("cold start to the first suggestion", "s", ({ coldSeconds }) => [coldSeconds]),
			row("exchange of the adapter", "ms", ({ swapMs }) => swapMs),
			row("end of a stopped answer", "ms", ({ stopMs }) => stopMs),
			row("one token of an answer", "ms", ({ tokenMs }) => tokenMs),
			row("resident memory", "MiB", ({ rssMiB }) => [rssMiB]),
			row("bare Node with onnxruntime + 1.25 x (weights + keys and values)", "MiB", ({ boundMiB }) => [boundMiB]),
		];
	} finally {
		rmSync(place, { recursive: true, force: true });
	}
}

interface Measured {
	readonly coldSeconds: number;
	readonly swapMs: readonly number[];
	readonly stopMs: readonly number[];
	readonly tokenMs: readonly number[];
	readonly rssMiB: number;
	readonly boundMiB: number;
}

async function measure(choice: ModelChoice, { weightMiB, adapter }: ServedModel, bare: number): Promise<Measured> {
	const begun = performance.now();
	const child = startChild({ file: programFile("serve"), lean: true });
	try {
		child.connection.listen();
		await child.connection.call(useModel, choice);
		const keys = typingRequests("src/typed.ts", 4, { threshold: 0 });
		let next = 0;
		while (next < keys.length && (await suggest(child, keys[next++])) !== "completion");
		const coldSeconds = (performance.now() - begun) / 1000;
		for (let i = 0; i < suggestions; i++) await suggest(child, keys[(next + 5 * i) % keys.length]);
		const { cacheMiB } = await child.connection.call(servingStatus, null);
		const { rssMiB } = await child.connection.call(ping, null);
		const boundMiB = bare + 1.25 * (weightMiB + cacheMiB);
		const swapMs: number[] = [];
		for (let i = 0; i < swaps; i++) {
			const started = performance.now();
			await child.connection.call(useAdapter, { folder: adapter });
			swapMs.push(performance.now() - started);
			await child.connection.call(useAdapter, { folder: null });
		}
		return { coldSeconds, swapMs, ...(await stopAnswers(child)), rssMiB, boundMiB };
	} finally {
		await child.stop(5_000);
	}
}

async function suggest(child: Child, key: CompleteParams | undefined): Promise<string> {
	return key === undefined ? "silence" : (await child.connection.call(complete, key)).kind;
}

/** How long a token takes, and how long an answer takes to end once nobody wants it; each answer is stopped at another token. */
async function stopAnswers(child: Child): Promise<Pick<Measured, "stopMs" | "tokenMs">> {
	const [stopMs, tokenMs]: [number[], number[]] = [[], []];
	for (let i = 0; i < answers; i++) {
		const abort = new AbortController();
		let [last, stopped, pieces] = [0, 0, 0];
		const onPart = ({ kind }: { readonly kind: string }) => {
			if (kind !== "text" || stopped > 0) return;
			const now = performance.now();
			if (last > 0) tokenMs.push(now - last);
			last = now;
			if (++pieces < 3 + i) return;
			stopped = now;
			abort.abort();
		};
		const question = { conversation: `${i}`, messages: [], question: `What does number ${i} do?`, useContext: false };
		await child.connection.callStream(ask, { ...question, seed: i, maxTokens: 200 }, { signal: abort.signal, onPart });
		if (stopped > 0) stopMs.push(performance.now() - stopped);
	}
	return { stopMs, tokenMs };
}
