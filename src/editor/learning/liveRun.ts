/** A run as the page shows it, made of the parts that the learning process tells. Pure: what is told goes in, what is shown comes out. */
import type { AdaptPart } from "#protocol/learning";
import { type LiveRun, type Stage, stages } from "#protocol/learningPage";

type Progress = Extract<AdaptPart, { kind: "progress" }>["progress"];

export function startRun(nowMs: number): LiveRun {
	return {
		...{ state: "running", problem: "", restarts: 0, startedMs: nowMs, endedMs: null },
		...{ model: null, device: null, estimate: null, rssMiB: null },
		...{ stage: "reading", done: 0, total: null, rate: null, secondsLeft: null },
		now: { scored: 0, selected: 0, learned: 0, losses: [], evaluations: [] },
	};
}

/** Goes on from a checkpoint: curves stay until the process tells them anew. */
export function restarted(run: LiveRun): LiveRun {
	return { ...startRun(run.startedMs), model: run.model, device: run.device, now: run.now, restarts: run.restarts + 1 };
}

export function withPart(run: LiveRun, part: AdaptPart): LiveRun {
	switch (part.kind) {
		case "model":
			return { ...run, model: part.name, device: part.device };
		case "estimate":
			return { ...run, estimate: part.estimate };
		case "learning":
			return { ...run, now: part.now, rssMiB: part.rssMiB };
		case "progress":
			return withProgress(run, part.progress);
		default:
			return run;
	}
}

export function ended(run: LiveRun, state: Exclude<LiveRun["state"], "running">, nowMs: number, problem = ""): LiveRun {
	return { ...run, state, problem, endedMs: nowMs, rate: null, secondsLeft: null };
}

function withProgress(run: LiveRun, { phase, done, total, rate, secondsLeft }: Progress): LiveRun {
	const stage = stageOf(run, phase);
	return {
		...{ ...run, stage, done, total: total ?? null, rate: rate ?? null },
		secondsLeft: secondsLeft ?? null,
	};
}

function stageOf(run: LiveRun, phase: Progress["phase"]): Stage {
	if (phase !== "judging") return phase;
	return stages.indexOf(run.stage) <= stages.indexOf("judgingBefore") ? "judgingBefore" : "judgingAfter";
}
