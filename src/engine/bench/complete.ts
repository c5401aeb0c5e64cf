/** `attune bench complete`: how long a suggestion takes while somebody types into a file of 500 lines, as in an editor but for its waiting. */
import type { CompletionPorts } from "#assist/complete";
import { Completer } from "#assist/completer";
import { type CompletionSettings, defaultSettings, type Situation } from "#assist/situation";
import { invariant } from "#base/assert";
import { CancelSource, neverCancelled } from "#base/cancel";
import { guardTexts } from "../guardText.ts";
import { type CompletionModelRequest, openCompletion } from "../openCompletion.ts";
import type { BenchRow } from "./row.ts";

export interface CompleteBenchOptions extends CompletionModelRequest {
	readonly onKey: (done: number, all: number) => void;
}

const lines = 500;
/** Lines that are taken out and typed again. */
const typedLines = 4;

/** Times of every key, cold cache of suggestions, warm keys and values; then of suggestions known already, and of giving up. */
export async function benchComplete(options: CompleteBenchOptions): Promise<readonly BenchRow[]> {
	const opened = await openCompletion(options);
	try {
		const ports = opened.ports(options.adapter === undefined ? "off" : "on");
		const keys = situationsOfTyping();
		// A suggestion is asked for at every key: what was predicted before does not help, and none comes too late.
		const settings = { ...defaultSettings, deadline: Number.POSITIVE_INFINITY };
		const asked: number[] = [];
		let shown = 0;
		await timed(new Completer(ports), keys[0] as Situation, settings);
		for (const [i, situation] of keys.entries()) {
			const { seconds, kind } = await timed(new Completer(ports), situation, settings);
			asked.push(1000 * seconds);
			if (kind === "completion") shown++;
			options.onKey(i + 1, keys.length);
		}
		const known = await knownAgain(ports, keys, settings);
		const aborted = await abortTimes(ports, keys, settings);
		const row = (name: string, values: readonly number[], share: number): BenchRow => ({
			...{ name, unit: "ms", ours: quantile(values, share), rival: null, ratio: null, runs: values.length },
		});
		return [
			...[row("suggestion, median", asked, 0.5), row("suggestion, 95th of 100", asked, 0.95)],
			...[row("known suggestion, 95th of 100", known, 0.95), row("giving up, 95th of 100", aborted, 0.95)],
			{
				name: "keys with a suggestion",
				unit: "%",
				ours: (100 * shown) / keys.length,
				rival: null,
				ratio: null,
				runs: keys.length,
			},
		].filter(({ runs }) => runs > 0);
	} finally {
		await opened.release();
	}
}

/** One situation per typed character. */
export function situationsOfTyping(): Situation[] {
	const sources = guardTexts().filter(({ name }) => name.endsWith(".ts"));
	const all = sources.flatMap(({ text }) => text.split("\n")).slice(0, lines);
	invariant(all.length === lines, "the guard texts have fewer lines than the benchmark types into");
	const at = Math.floor(lines * 0.6);
	const before = `${all.slice(0, at).join("\n")}\n`;
	const typed = all.slice(at, at + typedLines).join("\n");
	const after = `\n${all.slice(at + typedLines).join("\n")}`;
	return Array.from({ length: typed.length }, (_, i) => ({
		...{ path: "src/typed.ts", language: "typescript", repository: "bench", trigger: "typing" as const },
		...{ text: before + typed.slice(0, i + 1) + after, offset: before.length + i + 1, files: [], recent: [] },
	}));
}

async function timed(completer: Completer, situation: Situation, settings: CompletionSettings) {
	const started = performance.now();
	const outcome = await completer.complete(situation, settings, neverCancelled);
	return { seconds: (performance.now() - started) / 1000, kind: outcome.kind, outcome };
}

/** Milliseconds of asking again at a place whose suggestion is known. */
async function knownAgain(ports: CompletionPorts, keys: readonly Situation[], settings: CompletionSettings) {
	const completer = new Completer(ports);
	const sure = { ...settings, threshold: 0 };
	const times: number[] = [];
	for (const situation of keys.slice(0, 40)) {
		await timed(completer, situation, sure);
		const again = await timed(completer, situation, sure);
		if (again.outcome.kind === "completion" && again.outcome.source === "cache") times.push(1000 * again.seconds);
	}
	return times;
}

/** Milliseconds from a cancellation, some time into a request, to its end. */
async function abortTimes(ports: CompletionPorts, keys: readonly Situation[], settings: CompletionSettings) {
	const times: number[] = [];
	for (const [i, situation] of keys.slice(0, 40).entries()) {
		const cancel = new CancelSource();
		let cancelled = 0;
		const timer = setTimeout(() => {
			cancelled = performance.now();
			cancel.cancel();
		}, i);
		const fresh = { ...situation, path: `src/typed${i}.ts` };
		await new Completer(ports).complete(fresh, { ...settings, threshold: 0 }, cancel);
		clearTimeout(timer);
		if (cancelled > 0) times.push(performance.now() - cancelled);
	}
	return times;
}

function quantile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
