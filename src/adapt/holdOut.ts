import { hashString, seededRandom } from "#base/random";
import type { TokenDocument, TokenRange } from "./windows.ts";

/** What a whole file is for. `validate` stops training early, `judge` gives the verdict; neither is ever trained on. */
export type FileRole = "train" | "validate" | "judge";

/** Fixed for good: another value would move files that an earlier adapter was trained on into the judged set. */
const roleSeed = 0x5eed;
const judgeShare = 0.1;
const validateShare = 0.04;

/** Fewer files, or fewer judged tokens, and blocks inside files are held out instead. */
export const fewestFiles = 8;
export const fewestJudgedTokens = 4_000;
/** Fewer judged files, and blocks are held out instead: an interval over four is 1.6 times as wide as over many. */
export const fewestJudgedFiles = 5;
/** Fewer blocks or tokens still, and no verdict is possible: an interval over a handful of units means nothing. */
export const fewestBlocks = 8;
export const fewestBlockTokens = 1_024;

/** Of the path alone: adding, removing or editing other files never moves one, and neither does the seed. */
export function roleOfFile(path: string): FileRole {
	// The hash alone spreads unevenly over paths that differ in a digit only.
	const draw = seededRandom(hashString(path, roleSeed)).uniform();
	if (draw < judgeShare) return "judge";
	return draw < judgeShare + validateShare ? "validate" : "train";
}

const blockTokens = 192;
/** One block of these is judged. */
const blockPeriod = 5;
/** Tokens on both sides of a judged block that are neither trained on nor judged. */
const gapTokens = 32;

export interface BlockSplit {
	readonly judge: readonly TokenRange[];
	readonly train: readonly TokenRange[];
}

/**
 * Every fifth block of a document judged (which, a hash of the path says), the rest trained on, with a gap between. A
 * training range never reads beyond itself; a judged block may read what stands before it, as an editor's cursor does.
 */
export function splitBlocks(document: TokenDocument): BlockSplit {
	const { textFrom, tokens } = document;
	const count = Math.max(1, Math.round((tokens.length - textFrom) / blockTokens));
	const edge = (block: number): number => (block >= count ? tokens.length : textFrom + block * blockTokens);
	const phase = hashString(document.path, roleSeed) % blockPeriod;
	const judge: TokenRange[] = [];
	const train: TokenRange[] = [];
	let trainFrom = 0;
	const closeTraining = (to: number): void => {
		const from = trainFrom === 0 ? textFrom : trainFrom;
		if (to > from) train.push({ from, to, contextFrom: trainFrom });
	};
	for (let block = phase; block < count; block += blockPeriod) {
		judge.push({ from: edge(block), to: edge(block + 1), contextFrom: 0 });
		closeTraining(edge(block) - gapTokens);
		trainFrom = edge(block + 1) + gapTokens;
	}
	closeTraining(tokens.length);
	return { judge, train };
}
