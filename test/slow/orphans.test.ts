/** An editor that is killed leaves no process behind, whatever its processes were doing. */
import { equal, ok } from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { programFile } from "#engine/home";
import { type AdaptPart, adapt } from "#protocol/learning";
import { startChild } from "#supervise/child";
import { hugeWeights, modelFiles } from "#test/engine/fetching";
import type { ParentNews, ParentWork } from "#test/slow/parent.child";
import { wideProject } from "#test/slow/realProject";
import { runOf } from "#test/slow/runOf";
import { repositoryId, startHub, type TestHub } from "#test/support/hub";
import { writeTinyModel } from "#test/support/tinyModel";

/** Longer than a step of learning and the writing of its checkpoint, on a machine that does other things as well. */
const secondsToEnd = 15;

describe("processes of a parent that is killed", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-orphans-"));
	const home = join(place, "home");
	const project = join(place, "project");
	let hub: TestHub;
	let work: ParentWork;
	before(async () => {
		wideProject(project);
		hub = await startHub({ files: modelFiles(hugeWeights()) });
		const model = writeTinyModel(join(place, "tiny"));
		work = { home, adapt: runOf(project, 400, model), hub: { repository: repositoryId, host: hub.url } };
	});
	after(async () => {
		await hub.close();
		rmSync(place, { recursive: true, force: true });
	});

	it("are gone soon, with the checkpoint of what was being learned", async () => {
		// Nothing else comes: the fetch is under way when its process is left alone.
		hub.faults.set("model.safetensors", [{ kind: "hang", after: 200_000 }]);
		const parent = startParent(work);
		const pids = await parent.started;
		await parent.until(({ kind }) => kind === "answering");
		const last = await parent.until((news) => news.kind === "learned" && news.steps >= 12);
		parent.process.kill("SIGKILL");
		await gone(pids);
		const steps = last.kind === "learned" ? last.steps : 0;
		const first = await resumedAt(work);
		ok(first >= steps, `goes on at step ${first} after ${steps} were learned`);
	});

	it("are gone soon when they have hardly begun", async () => {
		for (const after of [0, 30, 60, 100, 150, 250]) {
			const parent = startParent(work);
			const pids = await parent.started;
			await sleep(after);
			parent.process.kill("SIGKILL");
			await gone(pids);
		}
	});
});

function startParent(work: ParentWork) {
	const parent: ChildProcess = fork(new URL("./parent.child.js", import.meta.url), [JSON.stringify(work)]);
	const until = (wanted: (news: ParentNews) => boolean): Promise<ParentNews> =>
		new Promise((resolve, reject) => {
			parent.on("message", (news: ParentNews) => wanted(news) && resolve(news));
			parent.once("exit", (code) => reject(new Error(`the parent ended with exit code ${code}`)));
		});
	const started = until(({ kind }) => kind === "started").then((news) => (news.kind === "started" ? news.pids : []));
	return { process: parent, started, until };
}

/** Resolves when none of the processes runs any more. */
async function gone(pids: readonly number[]): Promise<void> {
	equal(pids.length, 3);
	const late = performance.now() + 1000 * secondsToEnd;
	while (pids.some(runs)) {
		ok(performance.now() < late, `serving, learning, store: ${pids.map(runs)} after ${secondsToEnd} s`);
		await sleep(20);
	}
}

/** One that nobody asked for its exit code is no more than a line in a table. */
function runs(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return process.platform !== "linux" || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
	} catch {
		return false;
	}
}

/** The first step that is learned when the run is gone on with; the rest of it is nobody's concern here. */
async function resumedAt({ home, adapt: params }: ParentWork): Promise<number> {
	const child = startChild({ file: programFile("learn"), environment: { ATTUNE_HOME: home } });
	child.connection.listen();
	try {
		return await new Promise((resolve, reject) => {
			const onPart = (part: AdaptPart) => {
				const step = part.kind === "learning" ? part.now.losses.at(-1)?.step : undefined;
				if (step !== undefined) resolve(step);
			};
			child.connection.callStream(adapt, { ...params, resume: true }, { onPart }).catch(reject);
		});
	} finally {
		await child.stop(5_000);
	}
}
