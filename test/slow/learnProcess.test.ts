/** The learning process as the editor uses it: forked, called, cancelled, killed. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programFile } from "#engine/home";
import { type AdaptParams, type AdaptPart, adapt } from "#protocol/learning";
import { startChild } from "#supervise/child";
import { Supervisor } from "#supervise/supervisor";
import { wideProject } from "#test/slow/realProject";

describe("learning process", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-learn-"));
	const project = join(place, "project");
	const environment = { ATTUNE_HOME: join(place, "home") };
	const learner = new Supervisor({
		start: () => startChild({ file: programFile("learn"), environment }),
		backOff: [1, 1],
	});
	const params: AdaptParams = {
		...{ roots: [project], preset: "code", mode: "offline", watch: false, device: "cpu", threads: 1, seed: 42 },
		...{ budget: { minutes: null, updates: 12 }, resume: false },
	};
	before(() => wideProject(project));
	after(async () => {
		await learner.dispose();
		rmSync(place, { recursive: true, force: true });
	});

	it("tells how it goes and answers with the report", async () => {
		const parts: AdaptPart[] = [];
		const result = await learner.callStream(adapt, params, { onPart: (part) => parts.push(part) });
		equal(result.training?.steps, 12);
		ok(result.heldOut !== null && result.files.used > 1);
		deepEqual([...new Set(parts.map((part) => part.kind))].sort(), ["estimate", "model", "progress"]);
		const phases = new Set(parts.flatMap((part) => (part.kind === "progress" ? [part.progress.phase] : [])));
		deepEqual([...phases], ["reading", "judging", "scoring", "learning"]);
	});

	it("ends where it is cancelled, and goes on from there", async () => {
		const abort = new AbortController();
		const more = { ...params, seed: 7, budget: { minutes: null, updates: 30 } };
		const cancelled = learner.callStream(adapt, more, {
			signal: abort.signal,
			onPart: (part) => {
				if (part.kind === "progress" && part.progress.phase === "learning" && part.progress.done >= 3) abort.abort();
			},
		});
		await rejects(cancelled, { code: "cancelled", remedy: /--resume/ });
		const result = await learner.callStream(adapt, { ...more, resume: true }, {});
		equal(result.training?.start, "resumed");
		equal(result.training?.steps, 30);
	});

	it("refuses a second run while one is learning", async () => {
		const abort = new AbortController();
		const first = learner.callStream(adapt, { ...params, seed: 8 }, { signal: abort.signal });
		const second = startChild({ file: programFile("learn"), environment });
		second.connection.listen();
		await new Promise((resolve) => setTimeout(resolve, 1_500));
		await rejects(second.connection.callStream(adapt, params, {}), {
			code: "workspace",
			message: /is learning on this machine/,
		});
		abort.abort();
		await rejects(first, { code: "cancelled" });
		await second.stop(5_000);
	});

	it("is started again after a kill -9 and resumes from its checkpoint", async () => {
		const more = { ...params, seed: 9, budget: { minutes: null, updates: 40 } };
		const killed = learner.callStream(adapt, more, {
			onPart: (part) => {
				const { state } = learner;
				if (part.kind !== "progress" || part.progress.phase !== "learning" || part.progress.done < 25) return;
				if (state.kind === "running" && state.pid !== undefined) process.kill(state.pid, "SIGKILL");
			},
		});
		await rejects(killed, { code: "process" });
		const result = await learner.callStream(adapt, { ...more, resume: true }, {});
		equal(result.training?.start, "resumed");
		equal(result.training?.steps, 40);
	});
});
