/**
 * Keep learning: what changes in a project is predicted, then learned, beside the user's work and in short runs that go on from one
 * another. Only new lines count, for the score and for learning: the files around them may be what the adapter learned before. The
 * learner goes on from the adapter that is served and is judged against it, by the gate that every adapter passes.
 */
import { throwIfCancelled } from "#base/cancel";
import { hashString } from "#base/random";
import { type Evaluation, type StreamState, unlimited } from "./checkpoint.ts";
import { takeExam } from "./exam.ts";
import { freshPassages, KnownLines, rangesOf, within } from "./fresh.ts";
import { fewestJudgedFiles, roleOfFile, splitBlocks } from "./holdOut.ts";
import { openInfill } from "./infill.ts";
import { judge, type Verdict } from "./judge.ts";
import type { LearnerState } from "./learner.ts";
import { placeTokens } from "./lines.ts";
import { nearCopyShare, Shingles } from "./nearCopy.ts";
import { type AdaptOutcome, nothingDone, outcomeOf } from "./outcome.ts";
import type { StreamSummary } from "./report.ts";
import { type AdaptInput, openSession, type Prepared, prepare } from "./session.ts";
import type { FeedItem, SourceFile } from "./source.ts";
import type { JudgedUnit } from "./split.ts";
import { chunksOf, type StreamItem } from "./stream.ts";
import { learnChunk, openStream, type StreamLearner, streamState, summaryOf } from "./streamLearner.ts";
import { cutWindows, tokenizeFile, wholeRange } from "./windows.ts";

/** Where keeping stands between two runs. */
export interface KeepState {
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
	/** Hashes of lines: see `KnownLines`. */
	readonly known: Uint32Array;
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

export type KeepOutcome =
	/** Nothing can be judged, so nothing is learned. */
	| { readonly kind: "tooSmall"; readonly heldOutTokens: number }
	| {
			readonly kind: "kept";
			readonly score: StreamSummary;
			readonly learned: number;
			readonly skipped: StreamState["skipped"];
			/** Null: not enough was learned since the last time. */
			readonly judged: AdaptOutcome | null;
			/** What was learned was dropped, and the served adapter is gone on from. */
			readonly startedOver: boolean;
			readonly state: KeepState;
	  };

export async function keepLearning(input: KeepInput): Promise<KeepOutcome> {
	const request = keepRequest(input, input.servedId);
	const found = input.state?.request === request ? input.state : undefined;
	const begun = found ?? (await begin(input, request));
	if (!("request" in begun)) return begun;
	input.learner.load(begun.learner);
	const run = openKeeping(input, begun);
	const finite = await follow(run);
	if (!finite) return ended(run, null, true);
	save(run);
	const { learned } = run.stream.state;
	if (learned === 0 || learned - run.judgedAt < input.judgeAfter) return ended(run, null, false);
	return await judged(run);
}

/** Hash of what makes one state another's. */
export function keepRequest(
	{ preset, modelId, seed }: Pick<KeepInput, "preset" | "modelId" | "seed">,
	servedId: string,
) {
	const text = JSON.stringify(["keep", preset, modelId, seed, servedId]);
	return `${hashString(text).toString(16)}-${hashString(text, 1).toString(16)}`;
}

/** Reads the project once, so that what is there already is not taken for news. */
async function begin(
	input: KeepInput,
	request: string,
): Promise<KeepState | Extract<KeepOutcome, { kind: "tooSmall" }>> {
	const known = new KnownLines();
	const { split } = await prepare(await openSession(adaptInput(input, known), "online"));
	if (split.mode === "tooSmall") return { kind: "tooSmall", heldOutTokens: split.heldOutTokens };
	const state: KeepState = {
		...{
			request,
			byBlocks: split.mode === "blocks",
			learner: input.served,
			judgedAt: 0,
			known: known.save(),
			seen: new Int32Array(),
			losses: [],
		},
		stream: streamState(openStream(portsOf(input), undefined)),
	};
	input.save(state);
	return state;
}

interface Keeping {
	readonly input: KeepInput;
	readonly begun: KeepState;
	readonly known: KnownLines;
	readonly seen: Shingles;
	readonly stream: StreamLearner;
	judgedAt: number;
}

function openKeeping(input: KeepInput, begun: KeepState): Keeping {
	const stream = openStream(portsOf(input), begun.stream, begun.losses);
	const { judgedAt, known, seen } = begun;
	return { input, begun, known: new KnownLines(known), seen: new Shingles(seen), stream, judgedAt };
}

function portsOf(input: KeepInput) {
	const { preset, learner, cache, modelId, cancel } = input;
	const scoring = { learner, cache, modelId, cancel };
	// News is little: the base reads all of it, too.
	return { preset, scoring, cancel, limit: unlimited, compareEvery: 1, infill: openInfill(input) };
}

/** A state is saved after this many seconds, and at the end. */
const saveSeconds = 30;

/** False if a step was not finite. */
async function follow(run: Keeping): Promise<boolean> {
	const { input, stream, known, seen } = run;
	const { learner, preset, cancel, clock } = input;
	let savedAt = clock.seconds();
	for await (const change of input.changes) {
		if (change.kind === "skipped") continue;
		for await (const chunk of chunksOf([newWindows(run, change.file)], preset.online.period)) {
			await input.pause();
			if (cancel.cancelled) save(run);
			throwIfCancelled(cancel);
			if (preset.online.freshOptimizer) learner.resetOptimizer();
			for (const { source } of chunk) seen.add(source.window.tokens);
			if (!(await learnChunk(stream, chunk))) return false;
			input.onScore(summaryOf(stream), stream.state.learned);
		}
		known.add(change.file.text);
		if (clock.seconds() - savedAt < saveSeconds) continue;
		save(run);
		savedAt = clock.seconds();
	}
	return true;
}

/** The windows of a file's new lines, held-out ones left out by the project's own rule. */
function newWindows({ input, begun, known }: Keeping, file: SourceFile): readonly StreamItem[] {
	const { tokenizer, learner } = input;
	if (!begun.byBlocks && roleOfFile(file.path) !== "train") return [];
	const passages = freshPassages(file.text, known);
	// Most files of a project that is looked through hold nothing new: those are not tokenized.
	if (passages.length === 0) return [];
	const document = tokenizeFile(file, tokenizer);
	const fresh = rangesOf(passages, document, placeTokens(file.text, document, tokenizer));
	const allowed = begun.byBlocks ? splitBlocks(document).train : [wholeRange(document)];
	return within(fresh, allowed)
		.flatMap((range) => cutWindows(document, range, learner.capacity, tokenizer))
		.map((source) => ({ source, reason: undefined }));
}

/** Against what is served; general text against the base, so that many small steps are bounded as one large one is. */
async function judged(run: Keeping): Promise<KeepOutcome> {
	const { input, stream, begun } = run;
	const { learner, preset, seed } = input;
	const session = await openSession(adaptInput(input), "online");
	const prepared = withoutSeen(await prepare(session), run.seen);
	const { exam, split } = prepared;
	// Another rule would judge by what was learned.
	if (split.mode !== (begun.byBlocks ? "blocks" : "files")) return ended(run, null, true);
	run.judgedAt = stream.state.learned;
	if (exam.units.length < fewestJudgedFiles) return ended(run, null, false);
	const learned = learner.save();
	const base = await takeExam(session, exam, "off");
	learner.load(input.served);
	const served = input.servedId === "base" ? base : await takeExam(session, exam, "on");
	learner.load(learned);
	const after = await takeExam(session, exam, "on");
	const before = { ...served, guard: base.guard };
	const verdict = judge(exam, before, after, preset.judging.guardBound, seed);
	const { state, skipped } = stream;
	const { learned: steps, predicted } = state;
	const outcome = outcomeOf(session, prepared, verdict, {
		...{ ...nothingDone, before, after, skipped, scored: predicted.windows, selected: steps, learned: steps },
		...{
			training: { end: "finished", steps, bestStep: steps, evaluations: [], losses: stream.losses, start: "resumed" },
		},
		stream: summaryOf(stream),
	});
	return ended(run, outcome, isHopeless(verdict));
}

/** Lines move between blocks as others are inserted before them, and files are renamed: what judges now may have been learned. */
function withoutSeen(prepared: Prepared, seen: Shingles): Prepared {
	const { exam, split } = prepared;
	const isNew = ({ document, range }: JudgedUnit) =>
		seen.shareOf(document.tokens.subarray(range.from, range.to)) <= nearCopyShare;
	const units = exam.units.filter(isNew);
	const nearCopies = split.nearCopies + exam.units.length - units.length;
	return { ...prepared, exam: { ...exam, units }, split: { ...split, nearCopies } };
}

/** More of the same would not mend it: the next run goes on from what is served. */
function isHopeless(verdict: Verdict): boolean {
	if (verdict.kind !== "rejected") return false;
	return verdict.reason === "guardWorse" || ("change" in verdict && verdict.change.low > 0);
}

function ended(run: Keeping, judged: AdaptOutcome | null, startedOver: boolean): KeepOutcome {
	const { input, stream } = run;
	const { state, skipped } = stream;
	const score = summaryOf(stream);
	if (startedOver) input.learner.load(input.served);
	const next = startedOver
		? {
				...stateOf(run),
				...{ learner: input.served, judgedAt: 0, seen: new Int32Array() },
				stream: streamState(openStream(portsOf(input), undefined)),
			}
		: stateOf(run);
	input.save(next);
	return { kind: "kept", score, learned: state.learned, skipped, judged, startedOver, state: next };
}

function save(run: Keeping): void {
	run.input.save(stateOf(run));
}

function stateOf({ input, begun, stream, judgedAt, known, seen }: Keeping): KeepState {
	const { request, byBlocks } = begun;
	const learner = input.learner.save();
	return {
		request,
		byBlocks,
		learner,
		stream: streamState(stream),
		losses: stream.losses,
		judgedAt,
		known: known.save(),
		seen: seen.save(),
	};
}

/** What reading and judging the project need. `known` takes up its lines. */
function adaptInput(input: KeepInput, known?: KnownLines): AdaptInput {
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
