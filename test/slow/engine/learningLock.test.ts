import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { neverCancelled } from "#base/cancel";
import { attuneHome, workspaceFiles } from "#engine/home";
import { lockLearning, lockLearningSoon } from "#engine/learningLock";
import { inTemporaryFolder } from "#test/runtime/temporary";

describe("engine/learningLock", () => {
	it("keeps others out while its process lives, and is gone when given back", () =>
		inTemporaryFolder((folder) => {
			const file = join(folder, "workspace", "lock");
			const release = lockLearning(file);
			deepEqual(readdirSync(dirname(file)), [`lock.${process.pid}`]);
			release();
			deepEqual(readdirSync(dirname(file)), []);
			// The parent of this process lives as long as it does.
			writeFileSync(`${file}.${process.ppid}`, "");
			throws(() => lockLearning(file), new RegExp(`another run \\(process ${process.ppid}\\) is learning`));
			deepEqual(readdirSync(dirname(file)), [`lock.${process.ppid}`]);
		}));

	it("takes over from a process that has died", () =>
		inTemporaryFolder((folder) => {
			const { pid } = spawnSync(process.execPath, ["--version"]);
			writeFileSync(join(folder, `lock.${pid}`), "");
			lockLearning(join(folder, "lock"));
			deepEqual(readdirSync(folder), [`lock.${process.pid}`]);
		}));
});

describe("engine/learningLock, on the heels of another", () => {
	/** A process that lives so long. */
	const holder = (file: string, ms: number): void => {
		const { pid } = spawn(process.execPath, ["-e", `setTimeout(() => {}, ${ms})`], { stdio: "ignore" });
		writeFileSync(`${file}.${pid}`, "");
	};

	it("waits for it to end", () =>
		inTemporaryFolder(async (folder) => {
			holder(join(folder, "lock"), 300);
			throws(() => lockLearning(join(folder, "lock")), /is learning/);
			(await lockLearningSoon(join(folder, "lock"), 10, neverCancelled))();
			deepEqual(readdirSync(folder), []);
		}));

	it("waits no longer than it was told to, and not when it is cancelled", () =>
		inTemporaryFolder(async (folder) => {
			holder(join(folder, "lock"), 2_000);
			await rejects(lockLearningSoon(join(folder, "lock"), 0.05, neverCancelled), { code: "workspace" });
			await rejects(lockLearningSoon(join(folder, "lock"), 10, { cancelled: true }), { code: "cancelled" });
		}));
});

describe("engine/home", () => {
	it("knows a workspace by its folders, whatever their order and the links to them", () =>
		inTemporaryFolder((folder) => {
			const home = attuneHome({ ATTUNE_HOME: join(folder, "home") });
			const [a, b] = [join(folder, "a"), join(folder, "b")];
			for (const path of [a, b]) mkdirSync(path);
			symlinkSync(b, join(folder, "link"), "junction");
			deepEqual(workspaceFiles(home, [b, a]), workspaceFiles(home, [a, b, a]));
			deepEqual(workspaceFiles(home, [join(folder, "link")]), workspaceFiles(home, [b]));
			ok(workspaceFiles(home, [a]).adapter !== workspaceFiles(home, [b]).adapter);
		}));

	it("makes names that fit, and takes an empty $ATTUNE_HOME for none", () => {
		const home = attuneHome({ ATTUNE_HOME: "/somewhere" });
		const name = basename(dirname(workspaceFiles(home, [`/${"試".repeat(85)}`]).adapter));
		ok(Buffer.byteLength(name) <= 255, name);
		equal(attuneHome({ ATTUNE_HOME: "" }).models, attuneHome({}).models);
	});
});
