/** `attune adapt` killed at any moment: no finished adapter is lost, and what was learned up to the checkpoint is kept. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "#base/random";
import { checkpointFile } from "#engine/checkpointFile";
import { attuneHome, workspaceFiles } from "#engine/home";
import { loadModel } from "#engine/loadModel";
import type { AdaptResult } from "#protocol/learning";
import { readAdapter } from "#runtime/adapterFolder";
import { attune, done, type Running, start } from "#test/slow/commandLine";
import { type Moment, moments } from "#test/slow/moments";
import { hashOf, wideProject, wideSources } from "#test/slow/realProject";
import { writeTinyModel } from "#test/support/tinyModel";

describe("cli/adapt, killed", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-kill-"));
	const project = join(place, "project");
	const home = join(place, "home");
	const files = workspaceFiles(attuneHome({ ATTUNE_HOME: home }), [project]);
	const workspace = dirname(files.adapter);
	const tiny = writeTinyModel(join(place, "tiny"));
	const same = ["adapt", project, "--model", tiny, "--threads", "1"];
	const oldRun = [...same, "--updates", "12"];
	/** Long enough for a checkpoint amid learning: one is written every 50 steps. */
	const newRun = [...same, "--updates", "52", "--seed", "2"];
	const spareAdapter = join(place, "old adapter");
	const spareCheckpoint = join(place, "last checkpoint");
	let oldHash: string;
	let newHash: string;
	let model: Awaited<ReturnType<typeof loadModel>>;

	before(async () => {
		wideProject(project, [...wideSources, "adapt/select.ts", "adapt/windows.ts"]);
		equal((await done<AdaptResult>(oldRun, { home })).accepted, true);
		oldHash = hashOf(join(files.adapter, "adapter_model.safetensors"));
		cpSync(files.adapter, spareAdapter, { recursive: true });
		const out = join(place, "uninterrupted");
		const whole = await done<AdaptResult>([...newRun, "--out", out], { home });
		deepEqual([whole.accepted, whole.training?.steps], [true, 52], whole.verdict);
		newHash = hashOf(join(out, "adapter_model.safetensors"));
		model = await loadModel(tiny, attuneHome({ ATTUNE_HOME: home }));
	});
	after(() => rmSync(place, { recursive: true, force: true }));

	/** The adapter in place loads and is the old one or the new one, whole. */
	const served = (): "old" | "new" => {
		const { modules, record } = readAdapter(files.adapter, model.config, model.weights.hash);
		equal(modules.size, model.config.layers * 7);
		const hash = hashOf(join(files.adapter, "adapter_model.safetensors"));
		ok(hash === oldHash || hash === newHash, "neither the old adapter nor the new one");
		equal(record?.["seed"], hash === oldHash ? 42 : 2);
		return hash === oldHash ? "old" : "new";
	};
	const savedStep = async (): Promise<number> => (await checkpointFile(files.checkpoint).load())?.step ?? 0;

	/** The step of the checkpoint that a run finds. */
	let lastStep = 0;
	const random = seededRandom(20);

	/** Kills a run there and checks what is left of it. False if it had ended by then; the next one finds what it found. */
	const killAt = async ({ name, reached, spreadMs }: Moment): Promise<boolean> => {
		const running = start([...newRun, "--resume"], { home });
		const there = await reached(running, workspace);
		await sleep(random.uniform() * spreadMs);
		running.child.kill("SIGKILL");
		const { signal, code, err } = await running.ended;
		ok(signal === "SIGKILL" || code === 0, `${name}: ${err}`);
		if (served() === "new") {
			rmSync(files.adapter, { recursive: true });
			cpSync(spareAdapter, files.adapter, { recursive: true });
		}
		// Once the new adapter stands the checkpoint goes. Put it back: a kill between the two leaves just that.
		if (existsSync(join(files.checkpoint, "state.bin"))) cpSync(files.checkpoint, spareCheckpoint, { recursive: true });
		else if (lastStep > 0) cpSync(spareCheckpoint, files.checkpoint, { recursive: true });
		const saved = await savedStep();
		ok(saved >= lastStep, `${name}: the checkpoint of step ${lastStep} was lost, ${saved} is left`);
		lastStep = saved;
		ok(leftovers(workspace).length <= 4, leftovers(workspace).join());
		return there && signal === "SIGKILL";
	};

	it(`serves the old adapter or the new one after each of ${moments.length} kills, and ends as if it had never been killed`, async () => {
		equal(moments.length, 20);
		for (const moment of moments) {
			// The last instants of a run may pass unseen: it is sought again, and killed sooner.
			let attempt = 1;
			while (!(await killAt({ ...moment, spreadMs: moment.spreadMs / attempt })))
				ok(++attempt <= mostAttempts, `${moment.name}: each run had ended`);
		}
		ok(lastStep >= 50, `the last checkpoint is of step ${lastStep}`);
		const last = await done<AdaptResult>([...newRun, "--resume"], { home });
		deepEqual([last.accepted, last.training?.start, last.passes.backward], [true, "resumed", 52]);
		equal(served(), "new");
		deepEqual(readdirSync(workspace).sort(), ["adapter", "history", "scores"]);
	});

	it("is cancelled by an interrupt, keeps a checkpoint and resumes to the same bytes", async () => {
		rmSync(files.adapter, { recursive: true });
		const running = start(newRun, { home });
		await untilThere(running, join(files.checkpoint, "state.bin"));
		await sleep(400);
		running.child.kill("SIGINT");
		const { code, out } = await running.ended;
		equal(code, 1);
		const { error } = JSON.parse(out) as { error: { code: string; remedy: string } };
		equal(error.code, "cancelled");
		match(error.remedy, /--resume/);
		const step = await savedStep();
		ok(step < 52, String(step));
		ok(!existsSync(files.adapter));
		const result = await done<AdaptResult>([...newRun, "--resume"], { home });
		equal(result.training?.start, "resumed");
		// Not a step is learned twice.
		equal(result.passes.backward, 52);
		equal(hashOf(join(files.adapter, "adapter_model.safetensors")), newHash);
		ok(!existsSync(files.checkpoint));
	});

	it("keeps a second run out of the workspace while the first is at work", async () => {
		const first = start(newRun, { home });
		ok(await first.says("model "));
		const { code, out } = await attune(oldRun, { home });
		equal(code, 1);
		match((JSON.parse(out) as { error: { reason: string } }).error.reason, /another run \(process \d+\) is learning/);
		first.child.kill("SIGKILL");
		await first.ended;
		equal(served(), "new");
	});
});

/** Of runs that are to be killed at one moment. */
const mostAttempts = 8;

async function untilThere(running: Running, file: string): Promise<void> {
	while (!existsSync(file)) {
		ok(running.child.exitCode === null, running.said());
		await sleep(20);
	}
}

/** What is neither the adapter, the scores nor the checkpoint. */
function leftovers(workspace: string): string[] {
	return readdirSync(workspace).filter((name) => !["adapter", "scores", "checkpoint"].includes(basename(name)));
}
