/** The learning process as the editor uses it: forked, called, cancelled, killed. */
import { deepEqual, equal, notDeepEqual, ok, rejects } from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { programFile } from "#engine/home";
import { ping, shutdown } from "#protocol/calls";
import { deleteRun, examplesOf, exportRun, listRuns, readRun, useRun } from "#protocol/history";
import { type AdaptPart, adapt } from "#protocol/learning";
import { startChild } from "#supervise/child";
import { Supervisor } from "#supervise/supervisor";
import { wideProject, wideSources } from "#test/slow/realProject";
import { runOf } from "#test/slow/runOf";
import { listeningSockets } from "#test/support/sockets";
import { writeTinyModel } from "#test/support/tinyModel";

describe("learning process", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-learn-"));
	const project = join(place, "project");
	const environment = { ATTUNE_HOME: join(place, "home") };
	const learner = new Supervisor({
		start: () => startChild({ file: programFile("learn"), environment }),
		backOff: [1, 1],
	});
	const model = writeTinyModel(join(place, "tiny"));
	const params = runOf(project, 12, model);
	before(() => wideProject(project));
	after(async () => {
		await learner.dispose();
		rmSync(place, { recursive: true, force: true });
	});

	it("runs at the lowest priority and listens at no port", async () => {
		const child = startChild({ file: programFile("learn"), environment });
		child.connection.listen();
		await child.connection.call(ping, null);
		equal(getPriority(child.pid), 19);
		deepEqual(listeningSockets(child.pid), []);
		await child.stop(5_000);
	});

	it("tells how it goes and answers with the report", async () => {
		const parts: AdaptPart[] = [];
		const result = await learner.callStream(adapt, params, { onPart: (part) => parts.push(part) });
		equal(result.training?.steps, 12);
		ok(result.heldOut !== null && result.files.used > 1);
		deepEqual([...new Set(parts.map((part) => part.kind))].sort(), ["estimate", "learning", "model", "progress"]);
		const phases = new Set(parts.flatMap((part) => (part.kind === "progress" ? [part.progress.phase] : [])));
		deepEqual([...phases], ["reading", "judging", "scoring", "learning"]);
	});

	it("keeps each run: lists it, serves it again, shows what it changed, exports it, deletes it", async () => {
		const { roots } = params;
		const first = (await learner.call(listRuns, { roots })).runs[0]?.id ?? "";
		const { run, adapter } = await learner.callStream(adapt, { ...params, seed: 3 }, {});
		ok(run !== null && adapter !== null, "the second run was not accepted");
		const weights = () => readFileSync(join(adapter, "adapter_model.safetensors"));
		const newest = weights();
		equal((await learner.call(listRuns, { roots })).served, run);
		equal((await learner.call(useRun, { roots, id: first })).served, first);
		notDeepEqual(weights(), newest);
		deepEqual((await learner.call(useRun, { roots, id: null })).adapter, null);
		equal((await learner.call(useRun, { roots, id: run })).adapter, adapter);
		deepEqual(weights(), newest);
		const report = await learner.call(readRun, { roots, id: run });
		equal(report.training?.losses.length, 12);
		// As they are in the repository: what was learned has no line that is short enough to be completed.
		for (const path of wideSources) cpSync(join("src", path), join(project, basename(path)));
		const examples = await learner.call(examplesOf, { roots, id: run, threads: 1 });
		ok(examples.length > 0 && examples.length <= 3);
		for (const { path, line, typed, actual } of examples)
			equal(readFileSync(join(project, path), "utf8").split("\n")[line - 1], typed + actual);
		ok(!JSON.stringify(report).includes(examples[0]?.typed.trim() ?? ""), "the report holds text of a file");
		const out = join(place, "exported");
		const exported = await learner.callStream(exportRun, { roots, id: run, format: "peft", out }, {});
		deepEqual([exported.path, existsSync(join(out, "adapter_config.json"))], [out, true]);
		const left = await learner.call(deleteRun, { roots, id: run });
		deepEqual([left.runs.map(({ id }) => id), left.adapter], [[first], null]);
		wideProject(project);
	});

	it("writes its checkpoint when whoever started it goes away", async () => {
		const child = startChild({ file: programFile("learn"), environment });
		child.connection.listen();
		const more = { ...params, seed: 11, budget: { minutes: null, updates: 40 } };
		const reached = new Promise<number>((resolve) => {
			const onPart = (part: AdaptPart): void => {
				if (part.kind === "progress" && part.progress.phase === "learning" && part.progress.done >= 4)
					resolve(part.progress.done);
			};
			child.connection.callStream(adapt, more, { onPart }).catch(() => {});
		});
		const done = await reached;
		await child.connection.notify(shutdown, null);
		equal(await child.ended, "exit code 0");
		const firsts: number[] = [];
		const result = await learner.callStream(
			adapt,
			{ ...more, resume: true },
			{
				onPart: (part) => {
					if (part.kind === "learning" && part.now.losses.length > 0) firsts.push(part.now.losses.at(-1)?.step ?? 0);
				},
			},
		);
		equal(result.training?.start, "resumed");
		ok((firsts[0] ?? 0) >= done, `${firsts[0]} of at least ${done}`);
		equal(result.training?.losses.length, 40);
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

	it("ends in good order when it is stopped: what was learned until then is not learned again", async () => {
		const more = { ...params, seed: 10, budget: { minutes: null, updates: 30 } };
		let stopped: Promise<void> | undefined;
		const run = learner.callStream(adapt, more, {
			onPart: (part) => {
				if (part.kind === "progress" && part.progress.phase === "learning" && part.progress.done >= 3)
					stopped ??= learner.stop(30_000);
			},
		});
		await rejects(run, { code: "cancelled" });
		await stopped;
		const result = await learner.callStream(adapt, { ...more, resume: true }, {});
		equal(result.training?.start, "resumed");
		equal(result.training?.steps, 30);
	});

	it("refuses a second run while one is learning, also of another project", async () => {
		const abort = new AbortController();
		const other = join(place, "other");
		wideProject(other);
		let first: Promise<unknown> | undefined;
		await new Promise<void>((resolve, reject) => {
			const more = { ...params, seed: 8, budget: { minutes: null, updates: 400 } };
			const onPart = ({ kind }: AdaptPart) => {
				if (kind === "progress") resolve();
			};
			first = learner.callStream(adapt, more, { signal: abort.signal, onPart });
			first.catch(reject);
		});
		const second = startChild({ file: programFile("learn"), environment });
		second.connection.listen();
		for (const roots of [[project], [other]])
			await rejects(second.connection.callStream(adapt, { ...params, roots }, {}), {
				code: "workspace",
				message: /is learning on this machine/,
			});
		abort.abort();
		await rejects(first ?? Promise.resolve(), { code: "cancelled" });
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
