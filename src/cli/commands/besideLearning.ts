/** Work done while a project is being learned in a process of its own, as in an editor. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AttuneError } from "#base/errors";
import { attuneHome, packageRoot, programFile } from "#engine/home";
import { resolveModel } from "#engine/models";
import { ping } from "#protocol/calls";
import { type AdaptParams, adapt } from "#protocol/learning";
import { startChild } from "#supervise/child";

/** Steps that are learned at most: more than the work beside it takes, with a minute of scoring before. */
const updates = 300;

/**
 * Starts learning Attune's own sources, does `work` once the first step is taken, and ends learning. `cpuSeconds` is the processor time
 * that learning got meanwhile. Throws what ended learning before the work was done.
 */
export async function besideLearning<T>(
	model: string | undefined,
	work: () => Promise<T>,
): Promise<{ readonly result: T; readonly cpuSeconds: number }> {
	// The learner's home is empty, and knows no model by name.
	const { folder } = resolveModel(model, attuneHome());
	const place = mkdtempSync(join(tmpdir(), "attune-bench-"));
	const learner = startChild({ file: programFile("learn"), environment: { ATTUNE_HOME: place } });
	learner.connection.listen();
	const params: AdaptParams = {
		...{ roots: [packageRoot()], model: folder, out: join(place, "adapter"), preset: "code" },
		...{ mode: "offline", watch: false },
		...{ device: "cpu", threads: 0, seed: 42, budget: { minutes: null, updates }, resume: false },
	};
	const used = async () => (await learner.connection.call(ping, null)).cpuSeconds;
	try {
		let learned: Promise<never> | undefined;
		await new Promise<void>((resolve, reject) => {
			const run = learner.connection.callStream(adapt, params, {
				onPart: (part) => {
					if (part.kind === "progress" && part.progress.phase === "learning" && part.progress.done > 0) resolve();
				},
			});
			learned = run.then(() => {
				throw new AttuneError("usage", "learning ended before the work beside it", {
					remedy: "Choose a larger model.",
				});
			});
			learned.catch(reject);
		});
		const before = await used();
		const result = await Promise.race([work(), ...(learned === undefined ? [] : [learned])]);
		return { result, cpuSeconds: (await used()) - before };
	} finally {
		learner.kill();
		await learner.ended;
		rmSync(place, { recursive: true, force: true });
	}
}
