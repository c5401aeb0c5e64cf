/**
 * Keep learning: what changes in a project is predicted, then learned, beside the user's work and in short runs that go on from one
 * another. Only new lines count, for the score and for learning: the files around them may be what the adapter learned before. The
 * learner goes on from the adapter that is served and is judged against it, by the gate that every adapter passes.
 */
import { throwIfCancelled } from "#base/cancel";
import { unlimited } from "./checkpoint.ts";
import { freshPassages, KnownLines, rangesOf, within } from "./fresh.ts";
import { roleOfFile, splitBlocks } from "./holdOut.ts";
import { openInfill } from "./infill.ts";
import { examineKept } from "./keepExam.ts";
import {
	type KeepInput,
	type KeepOutcome,
	type KeepRefusal,
	type KeepState,
	keepRequest,
	projectInput,
	type StartOver,
} from "./keepState.ts";
import type { TokenWindow } from "./learner.ts";
import { firstScored, placeTokens } from "./lines.ts";
import { Shingles } from "./nearCopy.ts";
import type { AdaptOutcome } from "./outcome.ts";
import { openSession, prepare } from "./session.ts";
import type { SourceFile } from "./source.ts";
import { chunksOf, type StreamItem } from "./stream.ts";
import { learnChunk, openStream, type StreamLearner, streamState, summaryOf } from "./streamLearner.ts";
import { cutWindows, scoredTokens, tokenizeFile, wholeRange } from "./windows.ts";

export async function keepLearning(input: KeepInput): Promise<KeepOutcome> {
	const request = keepRequest(input, input.servedId);
	const found = input.state?.request === request ? input.state : undefined;
	const begun = found ?? (await begin(input, request));
	if (!("request" in begun)) return begun;
	input.learner.load(begun.learner);
	const run = openKeeping(input, begun);
	if (run.known.full) return { kind: "tooLarge", lines: run.known.size };
	const finite = await follow(run);
	if (!finite) return startOver(run, "diverged", null);
	save(run);
	const { learned } = run.stream.state;
	if (learned === 0 || learned - run.judgedAt < input.judgeAfter) return ended(run, null);
	return await judged(run);
}

/** Reads the project once, so that what is there already is not taken for news. */
async function begin(input: KeepInput, request: string): Promise<KeepState | KeepRefusal> {
	const known = new KnownLines();
	const { split } = await prepare(await openSession(projectInput(input, known), "online"));
	if (split.mode === "tooSmall") return { kind: "tooSmall", heldOutTokens: split.heldOutTokens };
	known.settle();
	const state: KeepState = {
		...{
			request,
			byBlocks: split.mode === "blocks",
			learner: input.served,
			judgedAt: 0,
			...known.save(),
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
	readonly request: string;
	byBlocks: boolean;
	readonly known: KnownLines;
	seen: Shingles;
	stream: StreamLearner;
	judgedAt: number;
	failed: number;
}

function openKeeping(input: KeepInput, begun: KeepState): Keeping {
	const stream = openStream(portsOf(input), begun.stream, begun.losses);
	const { request, byBlocks, judgedAt, failed = 0 } = begun;
	const [known, seen] = [new KnownLines(begun), new Shingles(begun.seen)];
	return { input, request, byBlocks, judgedAt, failed, known, seen, stream };
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
		for await (const chunk of chunksOf<NewWindow>([newWindows(run, change.file)], preset.online.period)) {
			await input.pause();
			if (cancel.cancelled) save(run);
			throwIfCancelled(cancel);
			if (preset.online.freshOptimizer) learner.resetOptimizer();
			for (const { source } of chunk) seen.add(source.window.tokens);
			if (!(await learnChunk(stream, chunk))) return false;
			// Not with the whole file: who is cancelled in its middle goes on from there.
			for (const { lines } of chunk) known.add(lines);
			input.onScore(summaryOf(stream), stream.state.learned);
			if (clock.seconds() - savedAt < saveSeconds) continue;
			save(run);
			savedAt = clock.seconds();
		}
		known.add(change.file.text);
	}
	return true;
}

interface NewWindow extends StreamItem {
	/** Text of the lines that it scores, whole also where it ends or begins in the middle of one: none is shown twice. */
	readonly lines: string;
}

/** The windows of a file's new lines, held-out ones left out by the project's own rule. */
function newWindows({ input, byBlocks, known }: Keeping, file: SourceFile): readonly NewWindow[] {
	const { tokenizer, learner } = input;
	if (!byBlocks && roleOfFile(file.path) !== "train") return [];
	const passages = freshPassages(file.text, known);
	// Most files of a project that is looked through hold nothing new: those are not tokenized.
	if (passages.length === 0) return [];
	const document = tokenizeFile(file, tokenizer);
	const places = placeTokens(file.text, document, tokenizer);
	const fresh = rangesOf(passages, document, places);
	const lines = file.text.split("\n");
	const linesOf = (window: TokenWindow): string => {
		const first = firstScored(document, window);
		const last = first + scoredTokens(window) - 1;
		return lines.slice(places.line[first], (places.line[last] as number) + 1).join("\n");
	};
	const allowed = byBlocks ? splitBlocks(document).train : [wholeRange(document)];
	return within(fresh, allowed)
		.flatMap((range) => cutWindows(document, range, learner.capacity, tokenizer))
		.map((source) => ({ source, reason: undefined, lines: linesOf(source.window) }));
}

async function judged(run: Keeping): Promise<KeepOutcome> {
	const exam = await examineKept(run);
	run.judgedAt = run.stream.state.learned;
	switch (exam.kind) {
		case "tooFew":
			return ended(run, null);
		case "otherHoldOut":
			run.byBlocks = exam.byBlocks;
			return startOver(run, "otherHoldOut", null);
		case "judged":
			run.failed = exam.outcome.verdict.kind === "accepted" ? 0 : run.failed + 1;
			if (exam.hopeless) return startOver(run, "hopeless", exam.outcome);
			if (exam.outcome.verdict.kind === "accepted") run.known.settle();
			return ended(run, exam.outcome);
	}
}

function ended(run: Keeping, judged: AdaptOutcome | null): KeepOutcome {
	save(run);
	return { ...toldOf(run), judged, startedOver: null, state: stateOf(run) };
}

/** Drops what was learned. Its lines come again only where they are held out in another way: else they would do the same again. */
function startOver(run: Keeping, reason: StartOver, judged: AdaptOutcome | null): KeepOutcome {
	const told = toldOf(run);
	run.input.learner.load(run.input.served);
	run.stream = openStream(portsOf(run.input), undefined);
	run.seen = new Shingles();
	run.judgedAt = 0;
	if (reason === "otherHoldOut") run.known.forgetRecent();
	else run.known.settle();
	save(run);
	return { ...told, judged, startedOver: reason, state: stateOf(run) };
}

function toldOf({ stream }: Keeping) {
	const { state, skipped } = stream;
	return { kind: "kept", score: summaryOf(stream), learned: state.learned, skipped } as const;
}

function save(run: Keeping): void {
	run.input.save(stateOf(run));
}

function stateOf({ input, request, byBlocks, stream, judgedAt, failed, known, seen }: Keeping): KeepState {
	return {
		...{ request, byBlocks, judgedAt, failed, ...known.save() },
		learner: input.learner.save(),
		stream: streamState(stream),
		losses: stream.losses,
		seen: seen.save(),
	};
}
