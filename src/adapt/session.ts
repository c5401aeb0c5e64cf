import type { CancelToken } from "#base/cancel";
import type { Clock } from "#base/clock";
import { hashString } from "#base/random";
import type { Tokenizer } from "#text/tokenizer";
import type { CheckpointStore, RunLimits, TrainingState } from "./checkpoint.ts";
import { type Corpus, readCorpus } from "./corpus.ts";
import { type Budget, type Estimate, estimate, type ModelSizes, measureForward, planLimits } from "./estimate.ts";
import { type Exam, examSize, type GuardText, guardWindows, splitGuard } from "./judge.ts";
import type { Learner, PassCount, TokenWindow } from "./learner.ts";
import { chooseLines, type LineCase } from "./lineInfill.ts";
import { evaluationInterval } from "./monitor.ts";
import type { Preset } from "./preset.ts";
import { type LearningNow, meter, nothingYet, type ProgressListener } from "./progress.ts";
import type { RunReport, TrainingSummary } from "./report.ts";
import { countUnscored, type ScoreCache, type ScoringContext } from "./scoring.ts";
import type { FeedItem } from "./source.ts";
import { type Split, splitCorpus } from "./split.ts";

/** All a run needs. The learner holds a fresh adapter of the preset's shape. */
export interface AdaptInput {
	/** The project, read once, in any order. */
	readonly feed: AsyncIterable<FeedItem>;
	readonly tokenizer: Tokenizer;
	readonly learner: Learner;
	readonly preset: Preset;
	/** Hash of the base model's weights and tokenizer: whose scores these are. */
	readonly modelId: string;
	readonly seed: number;
	readonly budget: Budget;
	readonly guard: readonly GuardText[];
	readonly sizes: ModelSizes;
	readonly cache: ScoreCache;
	readonly checkpoint: CheckpointStore;
	/** Continue from the checkpoint, if there is one of the same run. */
	readonly resume: boolean;
	readonly clock: Clock;
	readonly cancel: CancelToken;
	readonly onProgress: ProgressListener;
	/** Called whenever a count or a curve has grown. */
	readonly onLearning: (now: LearningNow) => void;
	/** Called once, before anything is scored or learned. */
	readonly onEstimate: (estimate: Estimate) => void;
}

export type TimedPhase = "reading" | "scoring" | "learning" | "judging";

/** One process's part of a run: what earlier parts spent is counted in. */
export interface Session {
	readonly input: AdaptInput;
	readonly mode: RunReport["mode"];
	/** Hash of what was asked for. */
	readonly request: string;
	/** A checkpoint of the same request, not yet known to be of the same files. */
	readonly state: TrainingState | undefined;
	readonly start: TrainingSummary["start"];
	readonly limits: RunLimits;
	readonly secondsPerWindow: number;
	readonly scoring: ScoringContext;
	/** Seconds since the run began. */
	readonly spent: () => number;
	readonly passes: () => PassCount;
	/** Says what has grown; the rest stays as it was said before. */
	readonly grown: (part: Partial<LearningNow>) => void;
	readonly timed: <T>(phase: TimedPhase, work: () => Promise<T>) => Promise<T>;
	readonly seconds: () => RunReport["seconds"];
	/** This run as a new one: its checkpoint turned out to be of other files. What that spent is not counted, and bounds are set anew. */
	readonly startOver: () => Session;
}

/** Starts the watch, loads the checkpoint, measures the machine and sets the bounds. */
export async function openSession(input: AdaptInput, mode: RunReport["mode"]): Promise<Session> {
	const { learner, clock, preset, budget, cache, modelId, cancel } = input;
	const request = requestOf(input, mode);
	const found = input.resume ? await input.checkpoint.load() : undefined;
	const state = found?.request === request ? found : undefined;
	let before = { seconds: state?.seconds ?? 0, passes: state?.passes ?? { forward: 0, backward: 0 } };
	let now: LearningNow = state === undefined ? nothingYet : { ...nothingYet, ...learnedIn(state) };
	const started = clock.seconds();
	const phases: Record<TimedPhase, number> = { reading: 0, scoring: 0, learning: 0, judging: 0 };
	const sample = guardWindows(input.guard, learner.capacity * 4, learner.capacity, input.tokenizer);
	const secondsPerWindow = await measureForward(sample, learner, clock);
	const planned = () => planLimits(preset, budget, secondsPerWindow, learner.capacity);
	const spent = () => clock.seconds() - started + before.seconds;
	const session: Session = {
		input,
		mode,
		request,
		state,
		start: state !== undefined ? "resumed" : found !== undefined ? "restarted" : "fresh",
		limits: state?.limits ?? planned(),
		secondsPerWindow,
		scoring: { learner, cache, modelId, cancel },
		spent,
		passes: () => ({
			forward: learner.passes.forward + before.passes.forward,
			backward: learner.passes.backward + before.passes.backward,
		}),
		grown(part) {
			now = { ...now, ...part };
			input.onLearning(now);
		},
		async timed(phase, work) {
			const start = clock.seconds();
			try {
				return await work();
			} finally {
				phases[phase] += clock.seconds() - start;
			}
		},
		seconds: () => ({ ...phases, total: spent() }),
		startOver() {
			before = { seconds: 0, passes: { forward: 0, backward: 0 } };
			now = { ...nothingYet, scored: now.scored };
			return { ...session, state: undefined, start: "restarted", limits: planned() };
		},
	};
	return session;
}

/** What is told of a run that goes on before it has come to where it stood. */
function learnedIn({ learned, losses, evaluations }: TrainingState): Partial<LearningNow> {
	return { learned, losses, evaluations };
}

function requestOf({ preset, modelId, seed, budget }: AdaptInput, mode: RunReport["mode"]): string {
	const text = JSON.stringify([mode, preset, modelId, seed, budget]);
	return `${hashString(text).toString(16)}-${hashString(text, 1).toString(16)}`;
}

export interface Prepared {
	readonly corpus: Corpus;
	readonly split: Split;
	readonly exam: Exam;
	/** General text that neither trains nor judges. */
	readonly watch: readonly TokenWindow[];
	readonly estimate: Estimate;
}

/** Reads the project, holds text out, sets the exam, and says what the run will take. */
export async function prepare(session: Session): Promise<Prepared> {
	const { input, limits } = session;
	const { tokenizer, preset, clock, cancel, onProgress } = input;
	const { capacity } = input.learner;
	const progress = meter("reading", undefined, clock, onProgress);
	const corpus = await session.timed("reading", () =>
		readCorpus(input.feed, tokenizer, limits.trainTokens, cancel, progress),
	);
	const split = splitCorpus(corpus, capacity, tokenizer, { ...preset.judging, judgeTokens: limits.judgeTokens });
	const lines = chooseLines(split.judge, limits.lines, input.seed, tokenizer, capacity);
	const guard = splitGuard(
		input.guard,
		{ judge: limits.guardTokens, watch: Math.min(watchTokens, limits.guardTokens) },
		capacity,
		tokenizer,
	);
	const exam: Exam = {
		units: split.judge,
		lines: split.mode === "tooSmall" ? [] : await affordable(lines, session),
		guard: guard.judge,
	};
	const plan = estimateOf(session, corpus, split, exam, guard.watch.length);
	if (split.mode !== "tooSmall") input.onEstimate(plan);
	return { corpus, split, exam, watch: guard.watch, estimate: plan };
}

/** General text watched while training: enough to see a change of a percent. */
const watchTokens = 2_048;

/** Share of a time budget that writing lines may take, before and after each. */
const linesShare = 0.04;

/** Under a bound of minutes, as many lines as their share pays for, by the measured time of one. */
async function affordable(lines: readonly LineCase[], session: Session): Promise<readonly LineCase[]> {
	const { budget, clock, learner } = session.input;
	const [first] = lines;
	if (budget.minutes === null || session.state !== undefined || first === undefined) return lines;
	const start = clock.seconds();
	await learner.generate(first.prompt, first.options, "off");
	const each = clock.seconds() - start;
	return lines.slice(0, Math.floor((linesShare * budget.minutes * 60) / Math.max(each, 1e-6)));
}

function estimateOf(session: Session, corpus: Corpus, split: Split, exam: Exam, watched: number): Estimate {
	const { input, limits, secondsPerWindow } = session;
	const online = session.mode === "online";
	const { patience } = input.preset.offline;
	const { batch, epochs } = online ? { batch: 1, epochs: 1 } : input.preset.offline;
	const pool = split.train.slice(0, Math.min(limits.scoredWindows, split.train.length)).map(({ window }) => window);
	const scored = online ? [] : pool;
	const toScore = countUnscored(scored, input.cache, input.modelId);
	const steps = Math.ceil(Math.min(limits.learnedWindows, pool.length * epochs) / batch);
	const looked = split.validate.length + watched;
	const interval = evaluationInterval(steps, looked, batch);
	return estimate({
		secondsPerWindow,
		toScore,
		cached: scored.length - toScore,
		steps,
		batch,
		examWindows: 2 * (examSize(exam) - exam.lines.length),
		examLines: 2 * exam.lines.length,
		validationWindows: looked,
		evaluations: patience === null ? 0 : Math.ceil(steps / interval),
		budget: input.budget,
		sizes: input.sizes,
		capacity: input.learner.capacity,
		residentTokens: [...corpus.train, ...corpus.validate, ...corpus.judge].reduce((n, d) => n + d.tokens.length, 0),
	});
}
