import { defined } from "#base/assert";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import type { AdapterSwitch, Learner, TokenWindow, WindowScore } from "./learner.ts";
import type { WindowSum } from "./select.ts";
import { windowKey } from "./windowKey.ts";

/** Scores of the frozen base by content: they outlive a run, so that an unchanged window is never scored twice. */
export interface ScoreCache {
	get(key: string): WindowSum | undefined;
	put(key: string, sum: WindowSum): void;
}

export interface ScoringContext {
	readonly learner: Learner;
	readonly cache: ScoreCache;
	/** Hash of the base model's weights and tokenizer. */
	readonly modelId: string;
	readonly cancel: CancelToken;
}

/** Windows per call: a bounded step between two looks at the cancel token. */
const callWindows = 4;

/**
 * Sums by the base model, from the cache where it has them. Calls always hold the same windows of the list: if one of a
 * call is unknown, all of it are scored again. A learner that packs windows might differ in the last bit with what it packs,
 * and a half-filled cache must not change what is selected. Stops early once `enough` says so: a prefix comes back.
 */
export function scoreBase(
	windows: readonly TokenWindow[],
	context: ScoringContext,
	onDone: (done: number) => void = () => {},
	enough: () => boolean = () => false,
): Promise<WindowSum[]> {
	return scoreKnown(windows, "off", context, onDone, enough);
}

/** The same with an adapter that does not change meanwhile; `modelId` then says which one it is, too. */
export async function scoreKnown(
	windows: readonly TokenWindow[],
	adapter: AdapterSwitch,
	context: ScoringContext,
	onDone: (done: number) => void = () => {},
	enough: () => boolean = () => false,
): Promise<WindowSum[]> {
	const sums: WindowSum[] = [];
	for (let at = 0; at < windows.length; at += callWindows) {
		throwIfCancelled(context.cancel);
		if (enough()) break;
		const call = windows.slice(at, at + callWindows);
		const keys = call.map((window) => windowKey(window, context.modelId));
		const known = keys.map((key) => context.cache.get(key));
		if (known.every((sum) => sum !== undefined)) {
			sums.push(...known);
		} else {
			const scored = (await context.learner.score(call, adapter)).map(sumOf);
			for (const sum of scored) checkFinite(sum);
			for (const [i, sum] of scored.entries()) context.cache.put(defined(keys[i], "key"), sum);
			sums.push(...scored);
		}
		onDone(sums.length);
	}
	return sums;
}

/** Sums with the adapter on or off, never cached. */
export async function scoreWindows(
	windows: readonly TokenWindow[],
	adapter: AdapterSwitch,
	learner: Learner,
	cancel: CancelToken,
	onDone: (done: number) => void = () => {},
): Promise<WindowSum[]> {
	const sums: WindowSum[] = [];
	for await (const scores of scoreInTurn(windows, adapter, learner, cancel)) {
		sums.push(...scores.map(sumOf));
		onDone(sums.length);
	}
	return sums;
}

/** A few windows' scores at a time. */
export async function* scoreInTurn(
	windows: readonly TokenWindow[],
	adapter: AdapterSwitch,
	learner: Learner,
	cancel: CancelToken,
): AsyncGenerator<readonly WindowScore[], void, undefined> {
	for (let at = 0; at < windows.length; at += callWindows) {
		throwIfCancelled(cancel);
		yield await learner.score(windows.slice(at, at + callWindows), adapter);
	}
}

/** How many windows the cache does not hold. */
export function countUnscored(windows: readonly TokenWindow[], cache: ScoreCache, modelId: string): number {
	return windows.reduce((count, window) => count + (cache.get(windowKey(window, modelId)) === undefined ? 1 : 0), 0);
}

export function sumOf(score: WindowScore): WindowSum {
	let nll = 0;
	let top1 = 0;
	for (let i = 0; i < score.nll.length; i++) {
		nll += score.nll[i] as number;
		top1 += score.top1[i] as number;
	}
	return { nll, tokens: score.nll.length, top1 };
}

function checkFinite(sum: WindowSum): void {
	if (Number.isFinite(sum.nll)) return;
	throw new AttuneError("weights", "the model's score of ordinary text is not a number", {
		remedy: "Its weights or its config.json are damaged: fetch the model again, or choose another with --model.",
	});
}

export function addSums(sums: Iterable<WindowSum>): WindowSum {
	let nll = 0;
	let tokens = 0;
	let top1 = 0;
	for (const sum of sums) {
		nll += sum.nll;
		tokens += sum.tokens;
		top1 += sum.top1;
	}
	return { nll, tokens, top1 };
}
