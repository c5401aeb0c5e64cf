/** A disk that fills up while `attune` saves, made of a small file system in memory. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programFile } from "#engine/home";
import type { AdaptResult } from "#protocol/learning";
import { done } from "#test/slow/commandLine";
import { hashOf, wideProject } from "#test/slow/realProject";
import { needMount } from "#test/support/needs";
import { writeTinyModel } from "#test/support/tinyModel";

describe("cli, when the disk is full", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-full-"));
	const project = join(place, "project");
	const home = join(place, "home");
	const disk = join(place, "disk");
	before(function () {
		needMount(this);
		wideProject(project);
		mkdirSync(disk);
	});
	after(() => rmSync(place, { recursive: true, force: true }));

	it("keeps the adapter that was there, leaves nothing beside it, and saves when there is room again", async () => {
		const model = writeTinyModel(join(place, "tiny"));
		const words = ["adapt", project, "--model", model, "--updates", "20", "--threads", "1"];
		const first = await done<AdaptResult>(words, { home });
		const adapter = first.adapter ?? "";
		const weights = hashOf(join(adapter, "adapter_model.safetensors"));
		// Room for one adapter, not for two.
		const kilobytes = Math.round((1.6 * statSync(join(adapter, "adapter_model.safetensors")).size) / 1024);
		const full = onSmallDisk(
			`${kilobytes}k`,
			`cp -r '${adapter}' '${disk}/kept'`,
			[...words, "--seed", "9", "--out", `${disk}/kept`],
			home,
		);
		equal(full.code, 1, full.err);
		equal(full.error.code, "storage");
		equal(full.error.file, join(disk, "kept"));
		match(full.error.reason, /saving failed: the disk is full/);
		match(full.error.remedy, /Free some space/);
		equal(
			full.left.trim().split("\n").sort().join(" "),
			"kept kept/adapter_config.json kept/adapter_model.safetensors kept/attune.json",
		);
		ok(full.sums.includes(weights));
		// The work is not lost: it goes on from its last checkpoint.
		const elsewhere = await done<AdaptResult>([...words, "--seed", "9", "--resume", "--out", join(place, "roomy")], {
			home,
		});
		equal(elsewhere.training?.start, "resumed");
		equal(elsewhere.passes.backward, 20);
		equal(hashOf(join(adapter, "adapter_model.safetensors")), weights);
	});

	it("says so when not even the weights fit into the home", () => {
		const { code, error, left } = onSmallDisk("2m", "true", ["score", project], join(disk, "home"));
		equal(code, 1);
		match(error.reason, /disk\/home.*saving failed: the disk is full/);
		equal(
			left
				.split("\n")
				.filter((line) => /\.(tmp|f32)$/.test(line))
				.join(),
			"",
		);
	});

	describe("amid a run", () => {
		const words = () => [
			"adapt",
			project,
			"--model",
			writeTinyModel(join(place, "tiny")),
			"--updates",
			"20",
			"--threads",
			"1",
		];
		let hash: string;
		before(async () => {
			const whole = await done<AdaptResult>(words(), { home: join(place, "roomy home") });
			hash = hashOf(join(whole.adapter ?? "", "adapter_model.safetensors"));
		});

		/** A file of the workspace for which there is no room, what is in the home then, and how the run goes on with room. */
		const stopped = (size: string, file: string) => {
			const { code, error, left, sumsAgain } = onSmallDisk(size, "true", words(), join(disk, "home"), true);
			const again = JSON.parse(readFileSync(join(place, "again"), "utf8")) as AdaptResult;
			deepEqual([code, error.code], [1, "storage"]);
			match(error.file, new RegExp(`/disk/home/workspaces/project-[0-9a-f]+/${file}$`));
			match(error.reason, /saving failed: the disk is full$/);
			match(error.remedy, /Free some space and start again/);
			deepEqual(left.match(/^.*(\.tmp|lock.*|adapter)$/gm), null);
			equal(again.accepted, true);
			ok(sumsAgain.includes(hash), "another adapter than that of a run with room");
			return { again, left };
		};

		it("says so of the scores, and uses those that were written", () => {
			const { again } = stopped("8k", "scores");
			const { toScore, cached } = again.estimate?.windows ?? { toScore: 0, cached: 0 };
			ok(cached > 0 && toScore > 0, `${cached} known, ${toScore} not`);
		});

		it("says so of the first checkpoint", () =>
			equal(stopped("200k", "checkpoint/state.bin").again.training?.start, "fresh"));

		it("says so of a later one, and goes on from the one that was written", () => {
			const { again, left } = stopped("1m", "checkpoint/state.bin");
			match(left, /checkpoint\/state\.bin$/m);
			equal(again.training?.start, "resumed");
		});
	});

	it("says so when an export does not fit, and leaves nothing of it", () => {
		const words = ["export", "--format", "gguf", "--out", join(disk, "a.gguf")];
		const { code, error, left } = onSmallDisk("2m", "true", words, home);
		equal(code, 1);
		equal(error.code, "storage");
		match(error.reason, /disk: saving failed: the disk is full/);
		equal(left.trim(), "");
	});

	it("says so when the home can only be read", () => {
		for (const command of ["score", "adapt"]) {
			const { code, error } = onSmallDisk("64k,ro", "true", [command, project], join(disk, "home"));
			equal(code, 1);
			match(error.reason, /disk\/home.*saving failed: the file system is read-only/);
		}
	});

	/**
	 * Runs `attune` where `disk` has only `size`; then says what is left there, with the sums of the files. `goOn`: the run is resumed
	 * once there is room.
	 */
	function onSmallDisk(size: string, prepare: string, words: readonly string[], atHome: string, goOn = false) {
		const script = `
			mount -t tmpfs -o size=${size} none '${disk}' && ${prepare} || exit 99
			"$@" --json > '${place}/out'; code=$?
			cd '${disk}' && find . -mindepth 1 | sed 's,^./,,' > '${place}/left'
			find . -type f -exec sha256sum {} + > '${place}/sums'
			${goOn ? `mount -o remount,size=64m '${disk}' && "$@" --resume --json > '${place}/again'` : ""}
			find . -type f -exec sha256sum {} + > '${place}/sumsAgain'
			exit $code`;
		const args = [
			"--map-root-user",
			"--mount",
			"sh",
			"-c",
			script,
			"sh",
			process.execPath,
			programFile("cli"),
			...words,
		];
		const { status, stderr } = spawnSync("unshare", args, {
			encoding: "utf8",
			env: { ...process.env, ATTUNE_HOME: atHome },
		});
		const read = (name: string) => readFileSync(join(place, name), "utf8");
		const { error } = JSON.parse(read("out")) as {
			error: { code: string; reason: string; remedy: string; file: string };
		};
		return { code: status, err: stderr, error, left: read("left"), sums: read("sums"), sumsAgain: read("sumsAgain") };
	}
});
