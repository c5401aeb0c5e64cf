/** Ctrl-C and SIGTERM: what looks at no cancellation ends at once, what does ends at its next step. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Failure, type Running, start } from "#test/slow/commandLine";

describe("the command line, interrupted", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-interrupt-"));
	const home = join(place, "home");
	let running: Running;
	afterEach(() => void running.child.kill("SIGKILL"));
	after(() => rmSync(place, { recursive: true, force: true }));

	it("ends a benchmark at once", async () => {
		running = start(["bench", "decode", "--model", "starter", "--rounds", "1000", "--threads", "1"], { home });
		await sleep(4_000);
		equal(running.child.exitCode, null, running.said());
		running.child.kill("SIGTERM");
		const { code, out } = await running.ended;
		deepEqual([code, out], [130, ""]);
	});

	it("ends a score amid a long file, and says so", async () => {
		const file = join(place, "long.ts");
		writeFileSync(file, Array.from({ length: 20_000 }, (_, i) => `export const value${i} = ${i * 7919};`).join("\n"));
		running = start(["score", file, "--threads", "1"], { home });
		await sleep(6_000);
		equal(running.child.exitCode, null, running.said());
		running.child.kill("SIGINT");
		const { code, out, err } = await running.ended;
		deepEqual([code, (JSON.parse(out) as Failure).error.code], [1, "cancelled"]);
		match(err, /^stopping; Ctrl-C again ends it now$/m);
		ok(!err.includes("1 files"), "the whole file was scored");
	});
});
