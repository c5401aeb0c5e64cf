import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { hashString } from "#base/random";
import type { Tokenizer } from "#text/tokenizer";
import { type FileRole, roleOfFile } from "./holdOut.ts";
import { compareText, recentFirst } from "./order.ts";
import { DocumentPool, type Precedence } from "./pool.ts";
import type { FeedItem, SkipReason, SourceFile } from "./source.ts";
import { type TokenDocument, tokenizeFile } from "./windows.ts";

export interface FileCounts {
	readonly seen: number;
	/** Not skipped: files the model may read. */
	readonly used: number;
	readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
}

/** What is kept of a project: token ids, no text. */
export interface Corpus {
	readonly files: FileCounts;
	/** Recently changed first; the most recent ones where not all fit. */
	readonly train: readonly TokenDocument[];
	/** In an order of their paths' hashes, as `judge`: a fair sample where not all fit. */
	readonly validate: readonly TokenDocument[];
	readonly judge: readonly TokenDocument[];
	/** UTF-8 bytes of files for training that found no place. */
	readonly leftOutBytes: number;
}

/** Most tokens kept for training, at 4 bytes each: 64 MiB. */
export const mostTrainTokens = 16 * 2 ** 20;
const mostJudgeTokens = 2 ** 18;
const mostValidateTokens = 2 ** 16;

/** Reads the stream once. Memory is bounded by the limits, whatever the size of the project. */
export async function readCorpus(
	feed: AsyncIterable<FeedItem>,
	tokenizer: Tokenizer,
	trainTokens: number,
	cancel: CancelToken,
	onFile: (seen: number) => void = () => {},
): Promise<Corpus> {
	const pools: Readonly<Record<FileRole, DocumentPool>> = {
		train: new DocumentPool(Math.min(trainTokens, mostTrainTokens), byRecency),
		validate: new DocumentPool(mostValidateTokens, byHash),
		judge: new DocumentPool(mostJudgeTokens, byHash),
	};
	const skipped: Partial<Record<SkipReason, number>> = {};
	let seen = 0;
	let used = 0;
	let trainBytes = 0;
	for await (const item of feed) {
		throwIfCancelled(cancel);
		seen++;
		if (item.kind === "skipped") {
			skipped[item.skipped.reason] = (skipped[item.skipped.reason] ?? 0) + 1;
		} else {
			used++;
			trainBytes += keep(item.file, pools, tokenizer);
		}
		onFile(seen);
	}
	const train = recentFirst(pools.train.documents());
	return {
		files: { seen, used, skipped },
		train,
		validate: pools.validate.documents(),
		judge: pools.judge.documents(),
		leftOutBytes: trainBytes - train.reduce((sum, { bytes }) => sum + bytes, 0),
	};
}

/** Bytes that the file adds to what could be trained on. */
function keep(file: SourceFile, pools: Readonly<Record<FileRole, DocumentPool>>, tokenizer: Tokenizer): number {
	const role = roleOfFile(file.path);
	// Tokenising costs more than reading: not for a file that would be left out anyway.
	if (pools[role].wants(file)) pools[role].add(tokenizeFile(file, tokenizer));
	return role === "train" ? file.bytes : 0;
}

const byHash: Precedence = (a, b) => hashString(a.path) - hashString(b.path) || compareText(a.path, b.path);

const byRecency: Precedence = (a, b) => b.modifiedMs - a.modifiedMs || byHash(a, b);
