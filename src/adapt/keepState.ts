/** What keep-learning is given, where it stands between two runs, and what a run comes to. */
import { hashString } from "#base/random";
import type { Evaluation, StreamState } from "./checkpoint.ts";
import type { KnownLines, SavedLines } from "./fresh.ts";
import type { LearnerState } from "./learner.ts";
import type { AdaptOutcome } from "./outcome.ts";
import type { StreamSummary } from "./report.ts";
import type { AdaptInput } from "./session.ts";
import type { FeedItem } from "./source.ts";

/** Where keeping stands between two runs. */
export interface KeepState extends SavedLines {
	/** Of model, preset, and the adapter it went on from: another one, and this is of no use. */
	readonly request: string;
	/** How the project's text is held out; it must not change while the adapter learns. */
	readonly byBlocks: boolean;
	readonly learner: LearnerState;
	readonly stream: StreamState;
	/** Of the stream's predictions, as a curve. */
	readonly losses: readonly Evaluation[];
	/** `stream.learned` when it was judged last. */
	readonly judgedAt: number;
	/** Exams since one was passed; absent in states of earlier versions: none. */
	readonly failed?: number;
	/** Of what was predicted and perhaps learned: see `Shingles`. It may stand in text that judges later. */
	readonly seen: Int32Array;
}

export interface KeepInput
	extends Omit<AdaptInput, "feed" | "checkpoint" | "resume" | "budget" | "onEstimate" | "onLearning"> {
	/** All of it, read only to begin and to judge. */
	readonly project: () => AsyncIterable<FeedItem>;
	/** Files that may have changed; of those that did not, no line is new. */
	readonly changes: AsyncIterable<FeedItem>;
	/** What is served, as the learner was given it; the learner's fresh adapter where nothing is. */
	readonly served: LearnerState;
	/** Which one that is; "base" for none. */
	readonly servedId: string;
	readonly state: KeepState | undefined;
	/** Windows learned after which the result is judged. */
	readonly judgeAfter: number;
	/** Awaited before each window: who types goes first. */
	readonly pause: () => Promise<void>;
	readonly save: (state: KeepState) => void;
	readonly onScore: (score: StreamSummary, learned: number) => void;
}

/** Why what was learned is dropped, and the served adapter gone on from. */
export type StartOver =
	/** A step was not finite. */
	| "diverged"
	/** The exam says that more of the same would not mend it. */
	| "hopeless"
	/** The project grew or shrank, so that other text of it is held out: some of that was learned. The same lines are learned again. */
	| "otherHoldOut";

/** Why nothing is learned of a project. */
export type KeepRefusal =
	/** Nothing can be judged. */
	| { readonly kind: "tooSmall"; readonly heldOutTokens: number }
	/** New lines can't be told from old ones any more. `lines`: as many are known. */
	| { readonly kind: "tooLarge"; readonly lines: number };

export type KeepOutcome =
	| KeepRefusal
	| {
			readonly kind: "kept";
			readonly score: StreamSummary;
			readonly learned: number;
			readonly skipped: StreamState["skipped"];
			/** Null: not enough was learned since the last time. */
			readonly judged: AdaptOutcome | null;
			/** Null: what was learned is gone on from. */
			readonly startedOver: StartOver | null;
			readonly state: KeepState;
	  };

/** Hash of what makes one state another's. */
export function keepRequest(
	{ preset, modelId, seed }: Pick<KeepInput, "preset" | "modelId" | "seed">,
	servedId: string,
) {
	const text = JSON.stringify(["keep", preset, modelId, seed, servedId]);
	return `${hashString(text).toString(16)}-${hashString(text, 1).toString(16)}`;
}

/** What reading and judging the project need. `known` takes up its lines. */
export function projectInput(input: KeepInput, known?: KnownLines): AdaptInput {
	async function* read(): AsyncIterable<FeedItem> {
		for await (const item of input.project()) {
			if (item.kind === "file") known?.add(item.file.text);
			yield item;
		}
	}
	const { preset } = input;
	return {
		...input,
		feed: read(),
		// Lines are written in a report that somebody reads; they decide nothing.
		preset: { ...preset, judging: { ...preset.judging, lines: 0 } },
		checkpoint: { load: async () => undefined, save: async () => {} },
		...{ resume: false, budget: { minutes: null, updates: null }, onEstimate: () => {}, onLearning: () => {} },
	};
}
