/** `attune adapt --mode online` killed at any moment: the stream goes on at its checkpoint and ends as if nothing had happened. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkpointFile } from "#engine/checkpointFile";
import { attuneHome, packageRoot, workspaceFiles } from "#engine/home";
import type { AdaptResult } from "#protocol/learning";
import { done, start } from "#test/slow/commandLine";
import { writingCheckpoint } from "#test/slow/moments";
import { hashOf, wideProject } from "#test/slow/realProject";
import { writeTinyModel } from "#test/support/tinyModel";

describe("cli/adapt --mode online, killed", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-kill-online-"));
	const project = join(place, "project");
	const home = join(place, "home");
	const files = workspaceFiles(attuneHome({ ATTUNE_HOME: home }), [project]);
	const workspace = dirname(files.adapter);
	let words: readonly string[];
	let whole: AdaptResult;
	let hash: string;

	before(async () => {
		// Enough windows for several checkpoints: one is written every 50.
		wideProject(project, [...filesOf("adapt"), ...filesOf("runtime"), ...filesOf("models")]);
		const tiny = writeTinyModel(join(place, "tiny"));
		words = ["adapt", project, "--mode", "online", "--model", tiny, "--threads", "1", "--updates", "1000"];
		const out = join(place, "uninterrupted");
		whole = await done<AdaptResult>([...words, "--out", out], { home });
		equal(whole.accepted, true, whole.verdict);
		ok(whole.windows.scored > 150, `${whole.windows.scored} windows`);
		hash = hashOf(join(out, "adapter_model.safetensors"));
	});
	after(() => rmSync(place, { recursive: true, force: true }));

	const savedPosition = async (): Promise<number> =>
		(await checkpointFile(files.checkpoint).load())?.stream?.position ?? 0;

	it("loses no more than the windows since its checkpoint, three times over", async () => {
		const found: number[] = [];
		for (const spreadMs of [0, 300, 150]) {
			const running = start([...words, "--resume"], { home });
			ok(await writingCheckpoint(running, workspace), running.said());
			await sleep(spreadMs);
			running.child.kill("SIGKILL");
			equal((await running.ended).signal, "SIGKILL");
			ok(!existsSync(files.adapter));
			found.push(await savedPosition());
		}
		deepEqual(
			found,
			[...found].sort((a, b) => a - b),
		);
		ok((found.at(-1) ?? 0) >= 50 && (found.at(-1) ?? 0) < whole.windows.scored, found.join());
		const last = await done<AdaptResult>([...words, "--resume"], { home });
		deepEqual([last.accepted, last.training?.start], [true, "resumed"]);
		deepEqual([last.windows.scored, last.windows.selected], [whole.windows.scored, whole.windows.selected]);
		deepEqual(last.stream, whole.stream);
		equal(hashOf(join(files.adapter, "adapter_model.safetensors")), hash);
		ok(!existsSync(files.checkpoint));
	});
});

/** Source files of a layer, without those in its folders. */
function filesOf(layer: string): string[] {
	return readdirSync(join(packageRoot(), "src", layer))
		.filter((name) => name.endsWith(".ts"))
		.sort()
		.map((name) => `${layer}/${name}`);
}
