import { type CancelToken, throwIfCancelled } from "#base/cancel";
import type { Clock } from "#base/clock";
import { hashString, seededRandom, shuffled } from "#base/random";
import type { InfillFormat } from "#text/infillFormat";
import type { Tokenizer } from "#text/tokenizer";
import type { Best, CheckpointStore, Evaluation, RunLimits, TrainingEnd, TrainingState } from "./checkpoint.ts";
import { withLoss } from "./curve.ts";
import { forwardsPerStep } from "./estimate.ts";
import { infillWindow } from "./infill.ts";
import type { Learner, PassCount, TokenWindow, WeightedWindow } from "./learner.ts";
import type { Preset } from "./preset.ts";
import { meter, type ProgressListener } from "./progress.ts";
import { rateFactor } from "./schedule.ts";
import { addSums, scoreWindows, sumOf } from "./scoring.ts";

export interface TrainingJob {
	readonly learner: Learner;
	readonly tokenizer: Tokenizer;
	readonly preset: Preset;
	readonly format: InfillFormat | undefined;
	readonly seed: number;
	/** Selected windows in an order of their own, whatever the order they were scored in. */
	readonly windows: readonly WeightedWindow[];
	readonly validate: readonly TokenWindow[];
	/** The base's mean nats per token of `validate`: what step 0 has. */
	readonly baseLoss: number;
	/** General text: training stops before it becomes as much worse as the guard forbids. */
	readonly watch: readonly TokenWindow[];
	/** The base's nats over all of `watch`. */
	readonly baseWatch: number;
	readonly steps: number;
	readonly request: string;
	readonly fingerprint: string;
	readonly limits: RunLimits;
	/** Seconds the run may have spent when training ends. */
	readonly deadline: number;
	/** Seconds the run has spent so far. */
	readonly spent: () => number;
	readonly passes: () => PassCount;
	readonly clock: Clock;
	readonly checkpoint: CheckpointStore;
	readonly cancel: CancelToken;
	readonly onProgress: ProgressListener;
	/** After each step and evaluation, and at the start. */
	readonly onStep: (run: Run) => void;
}

export interface TrainingResult {
	readonly end: TrainingEnd;
	readonly steps: number;
	/** The step whose adapter the learner now holds. */
	readonly bestStep: number;
	readonly evaluations: readonly Evaluation[];
	readonly losses: readonly Evaluation[];
}

/** Where training stands. */
export type Run = { -readonly [K in "step" | "best" | "evaluations" | "losses" | "ended"]: TrainingState[K] };

/** A checkpoint is written after this many seconds or steps, whichever is sooner. */
const checkpointSeconds = 30;
const checkpointSteps = 50;

/**
 * Trains until done, out of time or no longer better, and leaves the best adapter in the learner (the last, without
 * validation text). Whatever is drawn depends on seed and step alone, so that a run resumed from `state` ends as if it had
 * never stopped.
 */
export async function train(job: TrainingJob, state: TrainingState | undefined): Promise<TrainingResult> {
	const run = state === undefined ? startRun(job) : resumeRun(job, state);
	const progress = meter("learning", job.steps, job.clock, job.onProgress, run.step);
	const order = epochOrders(job);
	let savedAt = job.clock.seconds();
	let savedStep = run.step;
	if (state === undefined) await save(job, run);
	job.onStep(run);
	while (run.ended === null) {
		if (job.cancel.cancelled) await save(job, run);
		throwIfCancelled(job.cancel);
		if (run.step >= job.steps) run.ended = "finished";
		else if (job.spent() >= job.deadline) run.ended = "outOfTime";
		else await step(job, run, order);
		progress(run.step);
		job.onStep(run);
		if (job.clock.seconds() - savedAt < checkpointSeconds && run.step - savedStep < checkpointSteps) continue;
		await save(job, run);
		savedAt = job.clock.seconds();
		savedStep = run.step;
	}
	await takeBest(job, run);
	const { evaluations, losses } = run;
	return { end: run.ended, steps: run.step, bestStep: run.best?.step ?? run.step, evaluations, losses };
}

/** Steps between two evaluations on `validate` windows: about eight in a run, and no dearer than half of what is learned between. */
export function evaluationInterval(steps: number, validate: number, batch: number): number {
	return Math.max(10, Math.ceil(steps / 8), Math.ceil((2 * validate) / (forwardsPerStep * batch)));
}

function startRun(job: TrainingJob): Run {
	if (!validates(job)) return { step: 0, best: null, evaluations: [], losses: [], ended: null };
	const best: Best = { step: 0, loss: job.baseLoss, learner: job.learner.save() };
	return { step: 0, best, evaluations: [{ step: 0, loss: job.baseLoss }], losses: [], ended: null };
}

function resumeRun(job: TrainingJob, state: TrainingState): Run {
	job.learner.load(state.learner);
	const { step, best, evaluations, losses, ended } = state;
	return { step, best, evaluations, losses, ended };
}

function validates(job: TrainingJob): boolean {
	return job.preset.offline.patience !== null && job.validate.length > 0;
}

async function step(job: TrainingJob, run: Run, order: (epoch: number) => readonly number[]): Promise<void> {
	const { learningRate, schedule } = job.preset.offline;
	// Under a bound of time the rate follows whichever runs out first, so that it has come down when time is up.
	const at = Math.max(run.step, job.steps * Math.min(1, job.spent() / job.deadline));
	const along = Number.isFinite(job.deadline) ? Math.min(at, job.steps - 1) : run.step;
	const batch = batchOf(job, run.step, order);
	const result = await job.learner.learn(batch, learningRate * rateFactor(schedule, along, job.steps));
	run.step++;
	const { nll, tokens } = addSums(result.scores.map(sumOf));
	if (!Number.isFinite(result.gradientNorm) || !Number.isFinite(nll)) {
		run.ended = "diverged";
		return;
	}
	run.losses = withLoss(run.losses, run.step, nll / tokens);
	const interval = evaluationInterval(job.steps, job.validate.length + job.watch.length, batch.length);
	if (validates(job) && (run.step % interval === 0 || run.step === job.steps)) await evaluate(job, run);
}

async function evaluate(job: TrainingJob, run: Run): Promise<void> {
	const sum = addSums(await scoreWindows(job.validate, "on", job.learner, job.cancel));
	const loss = sum.nll / sum.tokens;
	run.evaluations = [...run.evaluations, { step: run.step, loss }];
	if (await forgets(job)) {
		run.ended = "forgetting";
		return;
	}
	if (run.best === null || loss < run.best.loss) {
		run.best = { step: run.step, loss, learner: job.learner.save() };
		return;
	}
	const since = run.evaluations.filter(({ step }) => step > (run.best?.step ?? 0)).length;
	if (!Number.isFinite(loss)) run.ended = "diverged";
	else if (since >= (job.preset.offline.patience ?? Number.POSITIVE_INFINITY)) run.ended = "earlyStop";
}

/** Part of the guard's bound that training may use up: the texts that judge may fare somewhat worse. */
const usableBound = 0.75;

async function forgets({ watch, baseWatch, preset, learner, cancel }: TrainingJob): Promise<boolean> {
	if (watch.length === 0) return false;
	const { nll } = addSums(await scoreWindows(watch, "on", learner, cancel));
	return nll / baseWatch - 1 > usableBound * preset.judging.guardBound;
}

/** Keeps why it ended: a run killed while it is judged resumes with its verdict. */
async function takeBest(job: TrainingJob, run: Run): Promise<void> {
	await save(job, run);
	if (run.best !== null && run.best.step !== run.step) job.learner.load(run.best.learner);
}

async function save(job: TrainingJob, run: Run): Promise<void> {
	const { request, fingerprint, limits } = job;
	const learner = job.learner.save();
	await job.checkpoint.save({
		...run,
		request,
		fingerprint,
		limits,
		learner,
		seconds: job.spent(),
		passes: job.passes(),
		stream: null,
	});
}

function batchOf(job: TrainingJob, step: number, order: (epoch: number) => readonly number[]): WeightedWindow[] {
	const { batch } = job.preset.offline;
	return Array.from({ length: batch }, (_, i) => {
		const place = step * batch + i;
		const count = job.windows.length;
		const index = order(Math.floor(place / count))[place % count] as number;
		const chosen = job.windows[index] as WeightedWindow;
		return { window: shown(job, chosen.window, place), weight: chosen.weight / batch };
	});
}

/** The window as it is, or as the infilling task that the seed and its place in the run say. */
function shown(job: TrainingJob, window: TokenWindow, place: number): TokenWindow {
	const { infill } = job.preset;
	if (infill === null || job.format === undefined) return window;
	const random = seededRandom(hashString(`infill ${place}`, job.seed));
	if (random.uniform() >= infill.rate) return window;
	return infillWindow(window, job.tokenizer, job.format, infill, job.learner.capacity, random) ?? window;
}

/** Orders of the windows by epoch; the last one asked for is kept. */
function epochOrders(job: TrainingJob): (epoch: number) => readonly number[] {
	const indices = job.windows.map((_, i) => i);
	let known = -1;
	let order: readonly number[] = indices;
	return (epoch) => {
		if (epoch !== known) {
			order = shuffled(indices, seededRandom(hashString(`epoch ${epoch}`, job.seed)));
			known = epoch;
		}
		return order;
	};
}
