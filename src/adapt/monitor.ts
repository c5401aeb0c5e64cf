/** Looks at an adapter while it learns: keeps the best one, and stops before it over-learns or forgets. */
import type { CancelToken } from "#base/cancel";
import type { Best, TrainingState } from "./checkpoint.ts";
import { forwardsPerStep } from "./estimate.ts";
import type { Learner, TokenWindow } from "./learner.ts";
import type { Preset } from "./preset.ts";
import { addSums, scoreBase, scoreWindows } from "./scoring.ts";
import type { Session } from "./session.ts";

export interface MonitorPorts {
	readonly learner: Learner;
	readonly preset: Preset;
	readonly cancel: CancelToken;
	/** Held-out text whose loss says which adapter is the best. Without it the last is, unless that one forgets. */
	readonly validate: readonly TokenWindow[];
	/** The base's mean nats per token of `validate`: what step 0 has. */
	readonly baseLoss: number;
	/** General text: training stops before it becomes as much worse as the guard forbids. */
	readonly watch: readonly TokenWindow[];
	/** The base's nats over all of `watch`. */
	readonly baseWatch: number;
}

/** What it knows of a run. `step` counts what was learned. */
export type Monitored = { -readonly [K in "step" | "best" | "evaluations" | "ended"]: TrainingState[K] };

/** With the base's losses. A preset without patience looks at nothing. */
export async function openMonitor(
	{ input, scoring, timed }: Session,
	texts: Pick<MonitorPorts, "validate" | "watch">,
): Promise<MonitorPorts> {
	const { learner, preset, cancel } = input;
	const { validate, watch } = preset.offline.patience === null ? { validate: [], watch: [] } : texts;
	const sumOf = async (windows: readonly TokenWindow[]) =>
		addSums(await timed("learning", () => scoreBase(windows, scoring)));
	const { nll, tokens } = await sumOf(validate);
	const baseLoss = validate.length > 0 ? nll / tokens : 0;
	return { learner, preset, cancel, validate, watch, baseLoss, baseWatch: (await sumOf(watch)).nll };
}

export function monitors({ validate, watch }: MonitorPorts): boolean {
	return validate.length + watch.length > 0;
}

export function startMonitored(ports: MonitorPorts): Monitored {
	if (!monitors(ports)) return { step: 0, best: null, evaluations: [], ended: null };
	const best: Best = { step: 0, loss: ports.baseLoss, learner: ports.learner.save() };
	return { step: 0, best, evaluations: validates(ports) ? [{ step: 0, loss: ports.baseLoss }] : [], ended: null };
}

/** Steps between two evaluations on so many windows: about eight in a run, and no dearer than half of what is learned between. */
export function evaluationInterval(steps: number, windows: number, batch: number): number {
	return Math.max(10, Math.ceil(steps / 8), Math.ceil((2 * windows) / (forwardsPerStep * batch)));
}

/** The step of the last evaluation. */
export function evaluatedAt({ best, evaluations }: Monitored): number {
	return Math.max(best?.step ?? 0, evaluations.at(-1)?.step ?? 0);
}

/**
 * Sets `ended` if the run is to stop. Where it is cancelled meanwhile, `keep` is called before that is thrown: the run is as it was before, and
 * the evaluation is due when it is resumed.
 */
export async function evaluate(ports: MonitorPorts, run: Monitored, keep: () => Promise<void>): Promise<void> {
	const looked = await look(ports).catch(async (error) => {
		if (ports.cancel.cancelled) await keep();
		throw error;
	});
	const { loss } = looked;
	if (validates(ports)) run.evaluations = [...run.evaluations, { step: run.step, loss }];
	if (looked.forgets) {
		run.ended = "forgetting";
		return;
	}
	if (run.best === null || !validates(ports) || loss < run.best.loss) {
		run.best = { step: run.step, loss, learner: ports.learner.save() };
		return;
	}
	const since = run.evaluations.filter(({ step }) => step > (run.best?.step ?? 0)).length;
	if (!Number.isFinite(loss)) run.ended = "diverged";
	else if (since >= (ports.preset.offline.patience ?? Number.POSITIVE_INFINITY)) run.ended = "earlyStop";
}

/** Leaves the best adapter in the learner; the step it is of. */
export function takeBest(ports: MonitorPorts, { best, step, ended }: Monitored): number {
	const failed = ended === "forgetting" || ended === "diverged";
	if (best === null || !(validates(ports) || failed)) return step;
	if (best.step !== step) ports.learner.load(best.learner);
	return best.step;
}

function validates({ validate }: MonitorPorts): boolean {
	return validate.length > 0;
}

/** Part of the guard's bound that training may use up: the texts that judge may fare somewhat worse. */
const usableBound = 0.75;

/** Mean nats per token of the validation text, 0 without, and whether general text has become too much worse. */
async function look(ports: MonitorPorts): Promise<{ readonly loss: number; readonly forgets: boolean }> {
	const { validate, watch, baseWatch, preset, learner, cancel } = ports;
	const held = addSums(await scoreWindows(validate, "on", learner, cancel));
	const loss = validates(ports) ? held.nll / held.tokens : 0;
	if (watch.length === 0) return { loss, forgets: false };
	const { nll } = addSums(await scoreWindows(watch, "on", learner, cancel));
	return { loss, forgets: nll / baseWatch - 1 > usableBound * preset.judging.guardBound };
}
