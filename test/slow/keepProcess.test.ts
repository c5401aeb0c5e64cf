/** Keep-learning as the editor asks for it: of a process of its own, killed, held and given way. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attuneHome, packageRoot, programFile, workspaceFiles } from "#engine/home";
import { useRun } from "#protocol/history";
import { holdKeeping, type KeepParams, type KeepScore, keep } from "#protocol/keeping";
import { adapt } from "#protocol/learning";
import { startChild } from "#supervise/child";
import { Supervisor } from "#supervise/supervisor";
import { wideProject } from "#test/slow/realProject";
import { runOf } from "#test/slow/runOf";
import { writeTinyModel } from "#test/support/tinyModel";

describe("keeping process", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-keep-"));
	const project = join(place, "project");
	/** Its lines are too long to be written in an exam, which would take minutes. */
	const other = join(place, "other");
	const environment = { ATTUNE_HOME: join(place, "home") };
	const start = () => startChild({ file: programFile("learn"), environment });
	const learner = new Supervisor({ start, backOff: [1, 1, 1] });
	const model = writeTinyModel(join(place, "tiny"));
	const params: KeepParams = {
		...{ roots: [project], model, preset: "code", device: "cpu", threads: 1, seed: 42, files: null, judgeAfter: 1e6 },
	};
	const news = (name: string, source: string): string => {
		const file = join(project, name);
		writeFileSync(file, readFileSync(join(packageRoot(), "src", source), "utf8"));
		return file;
	};
	const run = async (given: Partial<KeepParams> = {}, onPart: (score: KeepScore) => void = () => {}) => {
		const result = await learner.callStream(keep, { ...params, ...given }, { onPart });
		ok(result.kind === "kept", JSON.stringify(result));
		return result;
	};
	const adaptParams = runOf(other, 4, model);

	before(() => {
		wideProject(project);
		wideProject(other);
	});
	after(async () => {
		await learner.dispose();
		rmSync(place, { recursive: true, force: true });
	});

	it("begins with what is there, and learns only what comes", async () => {
		const first = await run();
		deepEqual([first.score.learned, first.score.stream.predicted.windows, first.judged], [0, 0, null]);
		const told: KeepScore[] = [];
		const { score } = await run({ files: [news("gate.ts", "adapt/gate.ts")] }, (part) => told.push(part));
		ok(score.learned > 0 && told.length > 0);
		deepEqual(told.at(-1), score);
		const { predicted, compared } = score.stream;
		deepEqual([compared.base.windows, compared.adapted], [predicted.windows, predicted]);
	});

	it("finds out by itself what changed while it was not there", async () => {
		const before = await run();
		news("judge.ts", "adapt/judge.ts");
		await learner.stop();
		const { score } = await run();
		ok(score.stream.predicted.windows > before.score.stream.predicted.windows);
		equal((await run()).score.stream.predicted.windows, score.stream.predicted.windows);
	});

	it("goes on after a kill -9", async () => {
		const { score: before } = await run();
		const files = [news("train.ts", "adapt/train.ts"), news("select.ts", "adapt/select.ts")];
		const killed = run({ files }, () => {
			const { state } = learner;
			if (state.kind === "running" && state.pid !== undefined) process.kill(state.pid, "SIGKILL");
		});
		await rejects(killed, { code: "process" });
		const { score } = await run({ files });
		ok(score.learned > before.learned);
	});

	it("waits while it is held", async () => {
		const files = [news("session.ts", "adapt/split.ts")];
		await run({ files: [] });
		learner.tell(holdKeeping, true);
		let ended = false;
		const held = run({ files }).finally(() => {
			ended = true;
		});
		await new Promise((resolve) => setTimeout(resolve, 3_000));
		equal(ended, false);
		learner.tell(holdKeeping, false);
		ok((await held).score.learned > 0);
	});

	it("is refused while another process learns, and gives way to a run that was asked for", async () => {
		learner.tell(holdKeeping, true);
		const held = learner.callStream(keep, { ...params, files: [news("new.ts", "adapt/report.ts")] }, {});
		const other = start();
		other.connection.listen();
		await new Promise((resolve) => setTimeout(resolve, 2_000));
		await rejects(other.connection.callStream(keep, params, {}), {
			code: "workspace",
			message: /is learning on this machine/,
		});
		const [asked] = await Promise.all([
			learner.callStream(adapt, adaptParams, {}),
			rejects(held, { code: "cancelled" }),
		]);
		equal(asked.training?.steps, 4);
		learner.tell(holdKeeping, false);
		await other.stop(5_000);
	});

	it("is judged, and what passes is what is served next", async () => {
		const { adapter } = workspaceFiles(attuneHome(environment), [project]);
		await run();
		for (const name of ["checkpoint", "estimate", "holdOut", "infill", "lineInfill", "metrics"])
			news(`${name}.ts`, `adapt/${name}.ts`);
		const { judged, adapter: made, score } = await run({ judgeAfter: 1 });
		ok(judged !== null);
		match(judged.verdict, /^(accepted|rejected): /);
		equal(judged.accepted, made !== null);
		if (made !== null) {
			equal(made, adapter);
			equal(JSON.parse(readFileSync(join(adapter, "attune.json"), "utf8")).mode, "online");
		}
		const again = await run({ judgeAfter: 1 });
		equal(again.judged, null, "judged again though nothing was learned");
		ok(again.score.learned <= score.learned);
	});

	it("leaves what the user chose while it learned, and keeps what it made among the runs", async () => {
		const { adapter, history } = workspaceFiles(attuneHome(environment), [project]);
		ok(existsSync(adapter), "nothing is served that could be switched off");
		const before = readdirSync(history).length;
		let switchedOff: Promise<unknown> | undefined;
		const files = ["fileSurprise", "language", "monitor", "offline"].map((name) =>
			news(`${name}.ts`, `adapt/${name}.ts`),
		);
		const { judged, adapter: made } = await run({ files, judgeAfter: 1 }, () => {
			switchedOff ??= learner.call(useRun, { roots: [project], id: null });
		});
		await switchedOff;
		deepEqual([made, existsSync(adapter), judged?.accepted, judged?.overruled], [null, false, true, true]);
		equal(readdirSync(history).length - before, 1);
	});

	it("says when a project is too small to judge by", async () => {
		const small = join(place, "small");
		wideProject(small, ["base/clock.ts"]);
		const result = await learner.callStream(keep, { ...params, roots: [small] }, {});
		equal(result.kind, "tooSmall");
	});
});
