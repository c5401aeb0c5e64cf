import { deepEqual, equal } from "node:assert/strict";
import type { AdaptInput } from "#adapt/session";
import type { SourceFile } from "#adapt/source";
import { adapt, learnerOf, MemoryCache, MemoryCheckpoint } from "#test/adapt/run";

/** A run to its end: its report and the state of its learner. */
export async function finish(files: readonly SourceFile[], options: Partial<AdaptInput>) {
	const learner = learnerOf();
	const { report } = await adapt(files, { learner, ...options });
	return { state: learner.save(), report };
}

/** Kills a run at each of these runs of the model, resumes it, and wants the result of a run that never stopped. */
export async function killEverywhere(files: readonly SourceFile[], moments: readonly number[]): Promise<void> {
	const expected = await finish(files, {});
	for (const moment of moments) {
		const cache = new MemoryCache();
		const checkpoint = new MemoryCheckpoint();
		let runs = 0;
		const learner = learnerOf({
			onRun: () => {
				if (++runs === moment) throw new Error("killed");
			},
		});
		const end = await adapt(files, { learner, cache, checkpoint }).then(
			() => "finished",
			(error: Error) => error.message,
		);
		equal(end, "killed", `at run ${moment}`);
		const { state, report } = await finish(files, { cache, checkpoint, resume: true });
		deepEqual(state, expected.state);
		deepEqual(report.heldOut, expected.report.heldOut);
		deepEqual(report.training?.evaluations, expected.report.training?.evaluations);
		deepEqual(report.training?.losses, expected.report.training?.losses);
	}
}
