import { hashString } from "#base/random";
import type { Tokenizer } from "#text/tokenizer";
import type { Corpus } from "./corpus.ts";
import {
	fewestBlocks,
	fewestBlockTokens,
	fewestFiles,
	fewestJudgedFiles,
	fewestJudgedTokens,
	splitBlocks,
} from "./holdOut.ts";
import type { TokenWindow } from "./learner.ts";
import { nearCopyShare, trainedShares } from "./nearCopy.ts";
import {
	cutWindows,
	type SourceWindow,
	scoredTokens,
	type TokenDocument,
	type TokenRange,
	wholeRange,
} from "./windows.ts";

/** A held-out file or block: what the interval of a verdict is drawn over. */
export interface JudgedUnit {
	readonly document: TokenDocument;
	readonly range: TokenRange;
	readonly windows: readonly TokenWindow[];
}

export interface Split {
	/** What was held out. `tooSmall`: not enough for a verdict, whichever way. */
	readonly mode: "files" | "blocks" | "tooSmall";
	/** Recently changed files first. */
	readonly train: readonly SourceWindow[];
	/** For stopping early. Empty in a project of a few windows. */
	readonly validate: readonly TokenWindow[];
	readonly judge: readonly JudgedUnit[];
	/** Held-out files or blocks that are near-copies of trained text, hence not judged. */
	readonly nearCopies: number;
	/** Scored tokens that could be judged, before the plan's limits. */
	readonly heldOutTokens: number;
}

export interface SplitLimits {
	readonly judgeTokens: number;
	readonly fileTokens: number;
	readonly validateTokens: number;
}

/** Who is trained on, who stops the training, who judges: disjoint, and decided by paths alone. */
export function splitCorpus(corpus: Corpus, capacity: number, tokenizer: Tokenizer, limits: SplitLimits): Split {
	const cut = (document: TokenDocument, range: TokenRange): SourceWindow[] =>
		cutWindows(document, range, capacity, tokenizer);
	const byFiles = holdOutFiles(corpus);
	const blocks = enoughFiles(corpus, byFiles) ? undefined : holdOutBlocks(corpus);
	const held = blocks ?? byFiles;
	const tooSmall = blocks !== undefined && !enoughBlocks(blocks);
	const train = held.train.flatMap(({ document, range }) => cut(document, range));
	const files = blocks === undefined ? corpus.validate.flatMap((document) => cut(document, wholeRange(document))) : [];
	const validate = chooseValidation(files, train, limits.validateTokens);
	return {
		mode: tooSmall ? "tooSmall" : blocks === undefined ? "files" : "blocks",
		train: train.filter((source) => !validate.has(source)),
		validate: [...validate].map(({ window }) => window),
		judge: limitUnits(held.judge, cut, limits),
		nearCopies: held.nearCopies,
		heldOutTokens: countTokens(held.judge),
	};
}

interface Piece {
	readonly document: TokenDocument;
	readonly range: TokenRange;
}

interface HeldOut {
	readonly train: readonly Piece[];
	readonly judge: readonly Piece[];
	readonly nearCopies: number;
}

function holdOutFiles(corpus: Corpus): HeldOut {
	const whole = (document: TokenDocument): Piece => ({ document, range: wholeRange(document) });
	return dropNearCopies(corpus.train.map(whole), corpus.judge.map(whole));
}

function holdOutBlocks(corpus: Corpus): HeldOut {
	const train: Piece[] = [];
	const judge: Piece[] = [];
	for (const document of [...corpus.train, ...corpus.validate, ...corpus.judge]) {
		const split = splitBlocks(document);
		train.push(...split.train.map((range) => ({ document, range })));
		judge.push(...split.judge.map((range) => ({ document, range })));
	}
	// A fair sample where not all can be judged.
	const ranks = new Map(judge.map((piece) => [piece, hashString(`${piece.document.path}@${piece.range.from}`)]));
	judge.sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
	return dropNearCopies(train, judge);
}

function dropNearCopies(train: readonly Piece[], judge: readonly Piece[]): HeldOut {
	const text = ({ document, range }: Piece): Int32Array => document.tokens.subarray(range.from, range.to);
	const shares = trainedShares(judge.map(text), train.map(text));
	const kept = judge.filter((_, i) => (shares[i] as number) <= nearCopyShare);
	return { train, judge: kept, nearCopies: judge.length - kept.length };
}

function enoughFiles(corpus: Corpus, held: HeldOut): boolean {
	const { judge } = held;
	const files = corpus.files.used >= fewestFiles && judge.length >= fewestJudgedFiles;
	return files && countTokens(judge) >= fewestJudgedTokens;
}

function enoughBlocks(held: HeldOut): boolean {
	return held.judge.length >= fewestBlocks && countTokens(held.judge) >= fewestBlockTokens;
}

function countTokens(pieces: readonly Piece[]): number {
	return pieces.reduce((sum, { range }) => sum + range.to - range.from, 0);
}

/** As many units are judged, if there are so many, however few tokens can be: an interval over fewer is wide. */
const fewestUnits = 12;

/** Units up to the limit of tokens, of long files windows spread over the file. */
function limitUnits(
	pieces: readonly Piece[],
	cut: (document: TokenDocument, range: TokenRange) => SourceWindow[],
	limits: SplitLimits,
): JudgedUnit[] {
	const units: JudgedUnit[] = [];
	const fileTokens = Math.min(limits.fileTokens, limits.judgeTokens / Math.min(fewestUnits, pieces.length));
	let tokens = 0;
	for (const { document, range } of pieces) {
		if (tokens >= limits.judgeTokens && units.length >= fewestUnits) break;
		const windows = takeEvenly(
			cut(document, range).map(({ window }) => window),
			fileTokens,
		);
		if (windows.length === 0) continue;
		units.push({ document, range, windows });
		tokens += windows.reduce((sum, window) => sum + scoredTokens(window), 0);
	}
	return units;
}

/** As many windows as fit the limit (at least one), at even distances. */
export function takeEvenly(windows: readonly TokenWindow[], tokens: number): TokenWindow[] {
	const all = windows.reduce((sum, window) => sum + scoredTokens(window), 0);
	const count = Math.max(1, Math.floor(windows.length * Math.min(1, tokens / all)));
	return Array.from(
		{ length: Math.min(count, windows.length) },
		(_, i) => windows[Math.floor((i * windows.length) / count)] as TokenWindow,
	);
}

const fewestValidateTokens = 1_000;
/** Below this many windows none can be spared. */
const fewestSparable = 12;

/** Windows of files set aside; where those are too few, a tenth of the training windows, by their place alone. */
function chooseValidation(
	files: readonly SourceWindow[],
	train: readonly SourceWindow[],
	limit: number,
): Set<SourceWindow> {
	const tokens = files.reduce((sum, { window }) => sum + scoredTokens(window), 0);
	const spared = tokens >= fewestValidateTokens ? files : train.length < fewestSparable ? [] : train;
	const most = spared === train ? Math.max(3, Math.floor(train.length / 10)) : files.length;
	const ranked = spared.map((source) => ({ source, rank: hashString(`${source.path}#${source.index}`) }));
	ranked.sort((a, b) => a.rank - b.rank);
	const chosen = new Set<SourceWindow>();
	let sum = 0;
	for (const { source } of ranked.slice(0, most)) {
		if (sum >= limit) break;
		chosen.add(source);
		sum += scoredTokens(source.window);
	}
	return chosen;
}
