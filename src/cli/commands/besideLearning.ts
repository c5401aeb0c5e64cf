/** Work done while a project is being learned in a process of its own, as in an editor. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot, programFile } from "#engine/home";
import { ping } from "#protocol/connection";
import { type AdaptParams, adapt } from "#protocol/learning";
import { startChild } from "#supervise/child";

/**
 * Starts learning Attune's own sources, does `work` once windows are being scored, and ends learning. `cpuSeconds` is the
 * processor time that learning got meanwhile.
 */
export async function besideLearning<T>(
	model: string | undefined,
	work: () => Promise<T>,
): Promise<{ readonly result: T; readonly cpuSeconds: number }> {
	const place = mkdtempSync(join(tmpdir(), "attune-bench-"));
	const learner = startChild({ file: programFile("learn"), environment: { ATTUNE_HOME: place } });
	learner.connection.listen();
	const params: AdaptParams = {
		...{ roots: [packageRoot()], model, out: join(place, "adapter"), preset: "code", mode: "offline", watch: false },
		...{ device: "cpu", threads: 0, seed: 42, budget: { minutes: 10, updates: null }, resume: false },
	};
	const used = async () => (await learner.connection.call(ping, null)).cpuSeconds;
	try {
		await new Promise<void>((resolve, reject) => {
			learner.connection
				.callStream(adapt, params, {
					onPart: (part) => {
						if (part.kind === "progress" && part.progress.phase === "scoring") resolve();
					},
				})
				.then(() => resolve(), reject);
		});
		const before = await used();
		const result = await work();
		return { result, cpuSeconds: (await used()) - before };
	} finally {
		learner.kill();
		await learner.ended;
		rmSync(place, { recursive: true, force: true });
	}
}
