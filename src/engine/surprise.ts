/** How surprising a workspace's files are, and which lines of one: to be looked at, so the newest files come first and time is bounded. */
import { setImmediate } from "node:timers/promises";
import type { WindowScore } from "#adapt/learner";
import {
	bitsPerByteOf,
	firstScored,
	type LineSurprise,
	mostSurprising,
	type Places,
	placeTokens,
	surpriseOfLines,
} from "#adapt/lines";
import type { SourceFile } from "#adapt/source";
import { scoredTokens, type TokenDocument } from "#adapt/windows";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import type { FileSurprise, LinesResult, MapPart, MapResult, SurprisingLine } from "#protocol/surprise";
import { decodeUtf8, encodeUtf8 } from "#text/utf8";
import { absolutePath, resolveRoots } from "./feed/roots.ts";
import { feed } from "./feed.ts";
import type { Home } from "./home.ts";
import type { Scorer } from "./scorer.ts";
import type { WorkspacePolicy } from "./workspacePolicy.ts";

/** Runs `work` on the scorer when nobody else does: lines that someone waits for come between two files of a map. */
export type InTurn = <T>(work: (scorer: Scorer) => Promise<T>) => Promise<T>;

export interface Candidate {
	/** Absolute. */
	readonly file: string;
	readonly bytes: number;
	readonly modifiedMs: number;
}

/** Every file that may be seen, changed last first. */
export async function candidates(roots: readonly string[], home: Home, cancel: CancelToken): Promise<Candidate[]> {
	const resolved = resolveRoots(roots);
	const found: Candidate[] = [];
	for await (const item of feed(roots, { nearDuplicates: false, cancel, home })) {
		if (item.kind === "skipped") continue;
		const { path, bytes, modifiedMs } = item.file;
		found.push({ file: absolutePath(resolved, path), bytes, modifiedMs });
	}
	return found.sort((a, b) => b.modifiedMs - a.modifiedMs);
}

export interface MapRun {
	readonly files: readonly Candidate[];
	readonly policy: WorkspacePolicy;
	readonly inTurn: InTurn;
	/** Whether the time is over. */
	readonly enough: () => boolean;
	readonly cancel: CancelToken;
	readonly tell: (part: MapPart) => void;
}

export async function mapFiles(run: MapRun): Promise<Omit<MapResult, "model" | "adapted">> {
	const { files, policy, inTurn, enough, cancel, tell } = run;
	let [scored, scoredBytes, done] = [0, 0, 0];
	for (const { file, bytes } of files) {
		throwIfCancelled(cancel);
		if (enough()) break;
		const surprise = await inTurn((scorer) => surpriseOf(file, policy, scorer, cancel));
		done++;
		if (surprise === undefined) tell({ kind: "gone", file });
		else {
			scored++;
			scoredBytes += bytes;
			tell({ kind: "scored", surprise, done, total: files.length });
		}
		// A cancellation, or a question about lines, may have arrived.
		await setImmediate();
	}
	const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
	const end = done < files.length ? "outOfTime" : "finished";
	return { files: files.length, scored, bytes, scoredBytes, end };
}

async function surpriseOf(
	file: string,
	policy: WorkspacePolicy,
	scorer: Scorer,
	cancel: CancelToken,
): Promise<FileSurprise | undefined> {
	const item = policy.judge(file);
	if (item?.kind !== "file") return undefined;
	const { nll, tokens, bytes } = await scorer.scoreFile(item.file, cancel);
	if (tokens === 0) return undefined;
	const measures = { perplexity: Math.exp(nll / tokens), bitsPerByte: nll / Math.LN2 / bytes };
	return { file, bytes: item.file.bytes, ...measures, adapted: scorer.adapter === "on" };
}

export interface LinesRun {
	readonly file: SourceFile;
	/** 0-based line; windows near it come first. */
	readonly near: number;
	readonly most: number;
	readonly scorer: Scorer;
	readonly enough: () => boolean;
	readonly cancel: CancelToken;
}

export async function linesOf(run: LinesRun): Promise<Extract<LinesResult, { kind: "scored" }>> {
	const { file, scorer, most, cancel } = run;
	const document = scorer.tokenize(file);
	const places = placeTokens(file.text, document, scorer.model.tokenizer);
	const windows = nearestFirst(scorer.windows(document), document, places, run.near);
	const scores: WindowScore[] = [];
	for (const window of windows) {
		throwIfCancelled(cancel);
		if (scores.length > 0 && run.enough()) break;
		scores.push(await scorer.scoreWindow(window));
		await setImmediate();
	}
	const reached = windows.slice(0, scores.length);
	const lines = surpriseOfLines(document, places, reached, scores);
	const named: SurprisingLine[] = [];
	const bytes = encodeUtf8(file.text);
	for (const line of mostSurprising(lines, most)) {
		throwIfCancelled(cancel);
		named.push(await describe(line, document, places, bytes, scorer));
	}
	const all = windows.reduce((sum, window) => sum + scoredTokens(window), 0);
	const covered = reached.reduce((sum, window) => sum + scoredTokens(window), 0);
	return {
		...{ kind: "scored", lines: named, bitsPerByte: bitsPerByteOf(lines) },
		...{ covered: all === 0 ? 1 : covered / all, adapted: scorer.adapter === "on" },
	};
}

function nearestFirst(
	windows: ReturnType<Scorer["windows"]>,
	document: TokenDocument,
	places: Places,
	near: number,
): ReturnType<Scorer["windows"]> {
	const distance = (window: (typeof windows)[number]): number => {
		const first = firstScored(document, window);
		const last = first + scoredTokens(window) - 1;
		return Math.max(0, (places.line[first] as number) - near, near - (places.line[last] as number));
	};
	return [...windows].sort((a, b) => distance(a) - distance(b));
}

/** Ids of context that one look at the likeliest token is given. */
const promptTokens = 256;

async function describe(
	{ line, bits, bytes, worst }: LineSurprise,
	document: TokenDocument,
	{ byte, lineStart }: Places,
	text: Uint8Array,
	scorer: Scorer,
): Promise<SurprisingLine> {
	const { token } = worst;
	const start = lineStart[line] ?? 0;
	const end = lineStart[line + 1] ?? text.length;
	// A token may begin in the line before.
	const column = (at: number): number => decodeUtf8(text.subarray(start, Math.min(end, Math.max(start, at)))).length;
	const piece = { from: column(byte[token] as number), to: column(byte[token + 1] as number), bits: worst.bits };
	const prompt = document.tokens.subarray(Math.max(0, token - promptTokens), token);
	return {
		line,
		bits,
		bytes,
		piece: { ...piece, likeliest: prompt.length === 0 ? null : await scorer.likeliest(prompt) },
	};
}
