/** The serving process as the editor uses it: forked, typed into, given another adapter, killed. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultSettings } from "#assist/situation";
import { packageRoot, programFile } from "#engine/home";
import { adapt } from "#protocol/learning";
import {
	complete,
	filesKnown,
	type ModelChoice,
	rejected,
	servingStatus,
	useAdapter,
	useModel,
} from "#protocol/serving";
import { type Child, startChild } from "#supervise/child";
import { wideProject } from "#test/slow/realProject";

const choice: ModelChoice = { format: "int8", threads: 1 };
const settings = { ...defaultSettings, threshold: 0, deadline: 60 };
const path = "adapt/gate.ts";
const text = readFileSync(join(packageRoot(), "src", path), "utf8");

describe("serving process", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-serve-"));
	const environment = { ATTUNE_HOME: join(place, "home") };
	let child: Child;
	const start = (program: string): Child => {
		const started = startChild({ file: programFile(program), environment });
		started.connection.listen();
		return started;
	};
	const at = (offset: number, signal?: AbortSignal) =>
		child.connection.call(
			complete,
			{ situation: { path, language: "typescript", text, offset, trigger: "typing", repository: "attune" }, settings },
			signal,
		);
	before(async () => {
		child = start("serve");
		await child.connection.call(useModel, choice);
	});
	after(async () => {
		await child.stop(5_000);
		rmSync(place, { recursive: true, force: true });
	});

	it("loads a model once", async () => {
		equal((await child.connection.call(useModel, choice)).loadedInMs, 0);
		const status = await child.connection.call(servingStatus, null);
		deepEqual([status.resident?.infilling, status.resident?.adapter], [true, null]);
	});

	it("answers where the user types with a suggestion or a reason", async () => {
		await child.connection.notify(filesKnown, [{ kind: "file", file: { path: "a.ts", text, open: true } }]);
		const outcome = await at(text.indexOf("return") + 7);
		ok(outcome.kind === "completion" ? outcome.text.length > 0 : outcome.reason.length > 0);
		equal((await child.connection.call(servingStatus, null)).knownFiles, 1);
	});

	it("finishes the newest of a thousand overlapping requests and none of the others, and holds no more memory", async () => {
		await at(text.indexOf("return") + 7);
		const before = await child.connection.call(servingStatus, null);
		const ends = await Promise.all(Array.from({ length: 1_000 }, (_, i) => at(40 + (i % 400))));
		const written = ends.slice(0, -1).filter((end) => end.kind === "completion" && end.source === "model");
		const superseded = ends.filter((end) => end.kind === "silence" && end.reason === "superseded");
		ok(written.length <= 1 && superseded.length > 200, `${written.length} written, ${superseded.length} superseded`);
		const after = await child.connection.call(servingStatus, null);
		ok(after.rssMiB < before.rssMiB + 64, `${before.rssMiB} to ${after.rssMiB} MiB`);
	});

	it("takes a new adapter while it writes, and goes on with the old one where the new one is broken", async () => {
		const project = join(place, "project");
		wideProject(project);
		const learner = start("learn");
		const out = join(place, "adapter");
		const result = await learner.connection.callStream(
			adapt,
			{
				...{
					roots: [project],
					out,
					preset: "code",
					mode: "offline",
					watch: false,
					device: "cpu",
					threads: 1,
					seed: 42,
				},
				...{ budget: { minutes: null, updates: 20 }, resume: false },
			},
			{},
		);
		await learner.stop(5_000);
		ok(result.adapter !== null, result.verdict);
		const running = at(200);
		const started = performance.now();
		equal((await child.connection.call(useAdapter, { folder: out })).adapter, out);
		ok(performance.now() - started < 1_000);
		const finished = await running;
		ok(finished.kind === "completion" || !["cancelled", "superseded"].includes(finished.reason));
		await rejects(child.connection.call(useAdapter, { folder: join(place, "nothing") }), { code: "adapter" });
		equal((await child.connection.call(servingStatus, null)).resident?.adapter, out);
		const outcome = await at(text.indexOf("return") + 7);
		ok(outcome.kind === "completion" || outcome.reason !== "cancelled");
	});

	it("refuses a request without a model, and a model that is none", async () => {
		const other = start("serve");
		await other.connection.notify(rejected, null);
		await rejects(other.connection.call(useAdapter, { folder: null }), { code: "usage" });
		await rejects(other.connection.call(useModel, { ...choice, model: join(place, "nowhere") }), /nowhere/);
		await other.stop(5_000);
	});

	it("rejects what was under way when it is killed", async () => {
		const other = start("serve");
		const lost = rejects(other.connection.call(useModel, choice), { code: "process" });
		setTimeout(() => other.kill(), 100);
		await lost;
		equal(await other.ended, "signal SIGKILL");
	});
});
