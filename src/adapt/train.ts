import { throwIfCancelled } from "#base/cancel";
import type { Clock } from "#base/clock";
import { hashString, seededRandom, shuffled } from "#base/random";
import type { CheckpointStore, Evaluation, RunLimits, TrainingEnd, TrainingState } from "./checkpoint.ts";
import { withLoss } from "./curve.ts";
import { type InfillPorts, infillTask } from "./infill.ts";
import type { PassCount, WeightedWindow } from "./learner.ts";
import {
	evaluate,
	evaluatedAt,
	evaluationInterval,
	type Monitored,
	type MonitorPorts,
	monitors,
	startMonitored,
	takeBest,
} from "./monitor.ts";
import { meter, type ProgressListener } from "./progress.ts";
import { rateFactor } from "./schedule.ts";
import { addSums, sumOf } from "./scoring.ts";

export interface TrainingJob {
	readonly monitor: MonitorPorts;
	readonly infill: InfillPorts;
	readonly seed: number;
	/** Selected windows in an order of their own, whatever the order they were scored in. */
	readonly windows: readonly WeightedWindow[];
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
	readonly onProgress: ProgressListener;
	/** After each step and evaluation, and at the start. */
	readonly onStep: (run: Run) => void;
}

export interface TrainingResult {
	readonly end: TrainingEnd;
	readonly steps: number;
	readonly learned: number;
	/** The step whose adapter the learner now holds. */
	readonly bestStep: number;
	readonly evaluations: readonly Evaluation[];
	readonly losses: readonly Evaluation[];
}

/** Where training stands. */
export interface Run extends Monitored {
	losses: TrainingState["losses"];
	learned: TrainingState["learned"];
}

/** A checkpoint is written after this many seconds or steps, whichever is sooner. */
const checkpointSeconds = 30;
const checkpointSteps = 50;

/**
 * Trains until done, out of time or no longer better, and leaves the best adapter in the learner (the last, without
 * validation text). Whatever is drawn depends on seed and step alone, so that a run resumed from `state` ends as if it had
 * never stopped.
 */
export async function train(job: TrainingJob, state: TrainingState | undefined): Promise<TrainingResult> {
	const { cancel } = job.monitor;
	const run = state === undefined ? { ...startMonitored(job.monitor), losses: [], learned: 0 } : resumeRun(job, state);
	const progress = meter("learning", job.steps, job.clock, job.onProgress, run.step);
	const order = epochOrders(job);
	let savedAt = job.clock.seconds();
	let savedStep = run.step;
	if (state === undefined) await save(job, run);
	job.onStep(run);
	while (run.ended === null) {
		if (cancel.cancelled) await save(job, run);
		throwIfCancelled(cancel);
		if (isEvaluationDue(job, run)) await evaluate(job.monitor, run, () => save(job, run));
		else if (run.step >= job.steps) run.ended = "finished";
		else if (job.spent() >= job.deadline) run.ended = "outOfTime";
		else await step(job, run, order);
		progress(run.step);
		job.onStep(run);
		if (job.clock.seconds() - savedAt < checkpointSeconds && run.step - savedStep < checkpointSteps) continue;
		await save(job, run);
		savedAt = job.clock.seconds();
		savedStep = run.step;
	}
	// Keeps why it ended: a run killed while it is judged resumes with its verdict.
	await save(job, run);
	const { ended, step: steps, learned, evaluations, losses } = run;
	return { end: ended, steps, learned, bestStep: takeBest(job.monitor, run), evaluations, losses };
}

function resumeRun(job: TrainingJob, state: TrainingState): Run {
	job.monitor.learner.load(state.learner);
	const { step, learned, best, evaluations, losses, ended } = state;
	return { step, learned, best, evaluations, losses, ended };
}

async function step(job: TrainingJob, run: Run, order: (epoch: number) => readonly number[]): Promise<void> {
	const { monitor } = job;
	const { learningRate, schedule } = monitor.preset.offline;
	// Under a bound of time the rate follows whichever runs out first, so that it has come down when time is up.
	const at = Math.max(run.step, job.steps * Math.min(1, job.spent() / job.deadline));
	const along = Number.isFinite(job.deadline) ? Math.min(at, job.steps - 1) : run.step;
	const batch = batchOf(job, run.step, order);
	const result = await monitor.learner.learn(batch, learningRate * rateFactor(schedule, along, job.steps));
	run.step++;
	run.learned = Math.min(job.windows.length, run.step * monitor.preset.offline.batch);
	const { nll, tokens } = addSums(result.scores.map(sumOf));
	if (!Number.isFinite(result.gradientNorm) || !Number.isFinite(nll)) {
		run.ended = "diverged";
		return;
	}
	run.losses = withLoss(run.losses, run.step, nll / tokens);
}

function isEvaluationDue({ monitor, steps }: TrainingJob, run: Run): boolean {
	if (!monitors(monitor) || evaluatedAt(run) === run.step) return false;
	const windows = monitor.validate.length + monitor.watch.length;
	return run.step === steps || run.step % evaluationInterval(steps, windows, monitor.preset.offline.batch) === 0;
}

async function save(job: TrainingJob, run: Run): Promise<void> {
	const { request, fingerprint, limits } = job;
	const learner = job.monitor.learner.save();
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
	const { batch } = job.monitor.preset.offline;
	return Array.from({ length: batch }, (_, i) => {
		const place = step * batch + i;
		const count = job.windows.length;
		const index = order(Math.floor(place / count))[place % count] as number;
		const chosen = job.windows[index] as WeightedWindow;
		return { window: infillTask(chosen.window, place, job.infill) ?? chosen.window, weight: chosen.weight / batch };
	});
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
