/** Learning online: from the project as a stream, and from files as they change. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { packageRoot } from "#engine/home";
import type { AdaptResult } from "#protocol/learning";
import { done, start } from "#test/slow/commandLine";
import { wideProject } from "#test/slow/realProject";
import { writeTinyModel } from "#test/support/tinyModel";

describe("cli/adapt, online", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-watch-"));
	const home = join(place, "home");
	const project = join(place, "project");
	const model = writeTinyModel(join(place, "tiny"));
	before(() => wideProject(project));
	after(() => rmSync(place, { recursive: true, force: true }));

	it("takes one forward a window, a second where it learns an infilling task, and a backward only where it learns", async () => {
		const after = async (updates: number) => {
			const words = [
				"adapt",
				project,
				"--model",
				model,
				"--mode",
				"online",
				"--updates",
				`${updates}`,
				"--threads",
				"1",
			];
			const result = await done<AdaptResult>(words, { home: join(place, `home of ${updates}`) });
			equal(result.mode, "online");
			deepEqual([result.training?.steps, result.passes.backward], [updates, updates]);
			const { predicted, compared } = result.stream ?? {};
			ok(predicted !== undefined && predicted.windows >= updates && compared !== undefined);
			ok(compared.base.windows >= 1 && compared.base.windows === compared.adapted.windows);
			return { forwards: result.passes.forward, once: predicted.windows + compared.base.windows };
		};
		// Nothing was cached, and both look at the validation text once: what differs is the stream.
		const [few, more] = [await after(4), await after(9)];
		const tasks = more.forwards - few.forwards - (more.once - few.once);
		ok(tasks >= 0 && tasks <= 9 - 4, `${tasks} forwards more than windows, of 5 learned`);
	});

	it("learns files as they change until it is interrupted, then judges", async () => {
		const running = start(["adapt", project, "--model", model, "--watch", "--threads", "1"], { home });
		ok(await running.says("watching "), running.said());
		// New text, piece by piece, until the stream has taken some up: the first exam comes before.
		const text = ["adapt/gate.ts", "adapt/metrics.ts", "graph/assemble.ts", "text/bpe.ts"].map(source).join("\n");
		for (let at = 0; at < text.length && !running.said().includes("learning "); at += 700) {
			if (at % 1_400 === 0) writeFileSync(join(project, `fresh file ${at}.ts`), text.slice(at, at + 700));
			else appendFileSync(join(project, "online.ts"), text.slice(at, at + 700));
			ok(running.child.exitCode === null, running.said());
			await sleep(1_000);
		}
		running.child.kill("SIGINT");
		const { code, out, err } = await running.ended;
		equal(code, 0, err);
		const result = JSON.parse(out) as AdaptResult;
		equal(result.mode, "online");
		ok((result.stream?.predicted.windows ?? 0) > 0, err);
		equal(result.training?.steps, result.passes.backward);
		ok(result.heldOut !== null);
		match(result.verdict, /^(accepted|rejected): /);
	});

	it("stays for more minutes than a timer counts", async () => {
		const words = ["adapt", project, "--model", model, "--watch", "--minutes", "40000", "--threads", "1"];
		const running = start(words, { home });
		ok(await running.says("watching "), running.said());
		// Longer than it takes to judge what was learned.
		await sleep(8_000);
		equal(running.child.exitCode, null, running.said());
		running.child.kill("SIGINT");
		equal((await running.ended).code, 0);
	});

	it("ends by itself when the minutes are over, changed or not", async () => {
		const words = ["adapt", project, "--model", model, "--watch", "--minutes", "0.05", "--threads", "1"];
		const result = await done<AdaptResult>(words, { home });
		deepEqual([result.accepted, result.stream?.predicted.windows], [false, 0]);
	});
});

function source(path: string): string {
	return readFileSync(join(packageRoot(), "src", path), "utf8");
}
