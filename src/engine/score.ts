/** Perplexity per file, with or without an adapter. */

import type { WindowScore } from "#adapt/learner";
import { type LineSurprise, placeTokens, surpriseOfLines } from "#adapt/lines";
import { presets } from "#adapt/preset";
import { addSums, scoreInTurn, sumOf } from "#adapt/scoring";
import type { SkippedFile } from "#adapt/source";
import { cutWindows, tokenizeFile, wholeRange } from "#adapt/windows";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import type { SessionTarget } from "#runtime/graphSession";
import { openAdapted } from "./adapterStore.ts";
import { feed } from "./feed.ts";
import type { Home } from "./home.ts";
import { loadModel } from "./loadModel.ts";
import { openLearner } from "./openLearner.ts";
import { skipRemedy, whySkipped } from "./skipRemedy.ts";

export interface ScoreRequest {
	/** Files or folders. */
	readonly roots: readonly string[];
	readonly model: string | undefined;
	/** PEFT folder; undefined: the base alone. */
	readonly adapter: string | undefined;
	/** Whether each file's lines are told, too. */
	readonly lines: boolean;
	readonly target: SessionTarget;
	readonly home: Home;
	readonly cancel: CancelToken;
	readonly onFile: (done: number) => void;
}

export interface FileScore {
	readonly path: string;
	readonly bytes: number;
	/** Scored ones. */
	readonly tokens: number;
	/** Nats, summed over the scored tokens. */
	readonly nll: number;
	readonly perplexity: number;
	readonly bitsPerByte: number;
	/** Share of tokens that the model would have said. */
	readonly top1: number;
	readonly lines?: readonly LineScore[];
}

export interface LineScore {
	/** From 1. */
	readonly line: number;
	readonly bits: number;
	readonly tokens: number;
	readonly bytes: number;
}

export interface ScoreResult {
	readonly model: string;
	readonly device: string;
	readonly files: readonly FileScore[];
	readonly total: Omit<FileScore, "path" | "lines">;
	readonly skippedFiles: readonly SkippedFile[];
}

export async function scoreFiles(request: ScoreRequest): Promise<ScoreResult> {
	const { adapter, target, home, cancel } = request;
	const model = await loadModel(request.model, home, { cancel });
	const learner =
		adapter === undefined ? openLearner(model, presets.code, target, 0) : openAdapted(adapter, model, target);
	const files: FileScore[] = [];
	const skippedFiles: SkippedFile[] = [];
	let scoredBytes = 0;
	try {
		for await (const item of feed(request.roots, { nearDuplicates: false, cancel, home })) {
			throwIfCancelled(cancel);
			if (item.kind === "skipped") {
				skippedFiles.push(item.skipped);
				continue;
			}
			const document = tokenizeFile(item.file, model.tokenizer);
			const windows = cutWindows(document, wholeRange(document), learner.capacity, model.tokenizer).map(
				({ window }) => window,
			);
			const scores: WindowScore[] = [];
			const side = adapter === undefined ? "off" : "on";
			for await (const some of scoreInTurn(windows, side, learner, cancel)) scores.push(...some);
			const sum = addSums(scores.map(sumOf));
			const covered = windows.reduce((bytes, window) => bytes + window.bytes, 0);
			scoredBytes += covered;
			const places = request.lines ? placeTokens(item.file.text, document, model.tokenizer) : undefined;
			const lines = places && { lines: surpriseOfLines(document, places, windows, scores).map(lineScore) };
			files.push({ path: item.file.path, bytes: item.file.bytes, ...measures(sum, covered), ...lines });
			request.onFile(files.length);
		}
	} finally {
		await learner.release();
	}
	if (files.length === 0) throw nothingToScore(request.roots, skippedFiles);
	const sum = addSums(files.map(({ nll, tokens, top1 }) => ({ nll, tokens, top1: Math.round(top1 * tokens) })));
	const bytes = files.reduce((all, file) => all + file.bytes, 0);
	const total = { bytes, ...measures(sum, scoredBytes) };
	return { model: model.name, device: target.provider, files, total, skippedFiles };
}

function lineScore({ line, bits, tokens, bytes }: LineSurprise): LineScore {
	return { line: line + 1, bits, tokens, bytes };
}

function measures({ nll, tokens, top1 }: { nll: number; tokens: number; top1: number }, bytes: number) {
	const mean = tokens === 0 ? 0 : nll / tokens;
	return {
		...{ tokens, nll, perplexity: Math.exp(mean) },
		...{ bitsPerByte: bytes === 0 ? 0 : nll / Math.LN2 / bytes, top1: tokens === 0 ? 0 : top1 / tokens },
	};
}

function nothingToScore(roots: readonly string[], skipped: readonly SkippedFile[]): AttuneError {
	const [first] = skipped;
	const more = skipped.length > 1 ? `; ${skipped.length - 1} more` : "";
	const why = first === undefined ? "there is no file" : `${first.path}: ${whySkipped(first)}${more}`;
	return new AttuneError("workspace", `nothing to score (${why})`, {
		file: roots[0] ?? "",
		remedy: skipRemedy(skipped),
	});
}
