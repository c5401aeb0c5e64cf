/** A disk that fills up while `attune` saves, made of a small file system in memory. */
import { equal, match, ok } from "node:assert/strict";
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

	/** Runs `attune` where `disk` has only `size`; then says what is left there, with the sums of the files. */
	function onSmallDisk(size: string, prepare: string, words: readonly string[], atHome: string) {
		const script = `
			mount -t tmpfs -o size=${size} none '${disk}' && ${prepare} || exit 99
			"$@" --json > '${place}/out'; code=$?
			cd '${disk}' && find . -mindepth 1 | sed 's,^./,,' > '${place}/left'
			find . -type f -exec sha256sum {} + > '${place}/sums'
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
		return { code: status, err: stderr, error, left: read("left"), sums: read("sums") };
	}
});
