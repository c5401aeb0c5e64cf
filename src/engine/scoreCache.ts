/** Scores of the base model, kept between runs: one text line a window, newest last. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ScoreCache } from "#adapt/scoring";
import type { WindowSum } from "#adapt/select";
import type { Provider } from "#graph/op";
import { writeFileAtomic } from "#runtime/atomic";

import { storageError } from "#runtime/storageError";

/** About 10 MB on disk. */
const most = 150_000;
/** Lines held back at most: what a crash can lose. */
const pendingLines = 64;

export interface ScoreFile extends ScoreCache {
	/** Windows known. */
	readonly size: number;
	/** Writes what is held back, and drops the oldest scores beyond the cap. */
	flush(): void;
}

/**
 * A cache in `place`, or beside it for what other devices than the processor compute: their last digits differ, and what a run learns
 * may not depend on what was computed before it. Lines that a crash cut off are skipped.
 */
export function scoreFile(place: string, provider: Provider): ScoreFile {
	const file = provider === "cpu" ? place : `${place}-${provider}`;
	const scores = new Map<string, WindowSum>();
	for (const line of existsSync(file) ? readFileSync(file, "utf8").split("\n") : []) {
		const parsed = parse(line);
		if (parsed !== undefined) scores.set(parsed.key, parsed.sum);
	}
	let pending: string[] = [];
	const append = (): void => {
		if (pending.length === 0) return;
		try {
			mkdirSync(dirname(file), { recursive: true });
			// A line cut off by a crash must not swallow the next one.
			appendFileSync(file, `\n${pending.join("\n")}\n`);
		} catch (error) {
			throw storageError(error, file, "saving");
		}
		pending = [];
	};
	return {
		get size() {
			return scores.size;
		},
		get: (key) => scores.get(key),
		put(key, sum) {
			scores.set(key, sum);
			pending.push(format(key, sum));
			if (pending.length >= pendingLines) append();
		},
		flush() {
			append();
			if (scores.size <= most) return;
			const kept = [...scores].slice(scores.size - most);
			writeFileAtomic(file, `${kept.map(([key, sum]) => format(key, sum)).join("\n")}\n`);
		},
	};
}

function format(key: string, { nll, tokens, top1 }: WindowSum): string {
	return `${key} ${nll} ${tokens} ${top1} .`;
}

/** The dot at the end tells a whole line from one cut off inside a number. */
function parse(line: string): { readonly key: string; readonly sum: WindowSum } | undefined {
	const match = /^([0-9a-f]{32}) (\S+) (\d+) (\d+) \.$/.exec(line);
	if (match === null) return undefined;
	const nll = Number(match[2]);
	if (!Number.isFinite(nll)) return undefined;
	return { key: match[1] as string, sum: { nll, tokens: Number(match[3]), top1: Number(match[4]) } };
}
