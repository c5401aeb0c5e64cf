import { deepEqual, equal, match, throws } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { copyWritable, recoverFolder, writeFileAtomic, writeFolderAtomic } from "#runtime/atomic";
import { inTemporaryFolder } from "./temporary.ts";

const child = join(import.meta.dirname, "atomic.child.js");

describe("runtime/atomic", () => {
	it("writes and replaces a file, creating its folders", () =>
		inTemporaryFolder((folder) => {
			const file = join(folder, "a/b/c.txt");
			writeFileAtomic(file, "one");
			writeFileAtomic(file, Buffer.from("two"));
			equal(readFileSync(file, "utf8"), "two");
			deepEqual(readdirSync(join(folder, "a/b")), ["c.txt"]);
		}));

	it("replaces a folder as a whole", () =>
		inTemporaryFolder((folder) => {
			const target = join(folder, "x");
			writeFolderAtomic(target, (inside) => writeFileSync(join(inside, "old"), "1"));
			writeFolderAtomic(target, (inside) => {
				mkdirSync(join(inside, "deep"));
				writeFileSync(join(inside, "deep/new"), "2");
			});
			deepEqual(readdirSync(folder, { recursive: true }).sort(), ["x", "x/deep", "x/deep/new"]);
		}));

	it("copies what may not be written so that the copy may", () =>
		inTemporaryFolder((place) => {
			const [original, folder] = [join(place, "original"), join(place, "model")];
			writeFileSync(original, "whole");
			chmodSync(original, 0o444);
			writeFolderAtomic(folder, (temporary) => copyWritable(original, join(temporary, "copy")));
			equal(readFileSync(join(folder, "copy"), "utf8"), "whole");
			equal(statSync(join(folder, "copy")).mode & 0o200, 0o200);
		}));

	it("leaves the old folder when filling fails", () =>
		inTemporaryFolder((folder) => {
			const target = join(folder, "x");
			writeFolderAtomic(target, (inside) => writeFileSync(join(inside, "old"), "1"));
			const fail = (inside: string) => {
				writeFileSync(join(inside, "half"), "2");
				throw Object.assign(new Error("broken"), { code: "EIO" });
			};
			throws(() => writeFolderAtomic(target, fail), /x: saving failed: broken/);
			deepEqual(readdirSync(folder, { recursive: true }).sort(), ["x", "x/old"]);
		}));

	it("recovers when a writer died between the two renames", () =>
		inTemporaryFolder((folder) => {
			const target = join(folder, "x");
			writeFolderAtomic(target, (inside) => writeFileSync(join(inside, "old"), "1"));
			renameSync(target, join(folder, ".x.previous"));
			recoverFolder(target);
			deepEqual(readdirSync(folder, { recursive: true }).sort(), ["x", "x/old"]);
		}));

	it("clears what dead writers left, and nothing else", () =>
		inTemporaryFolder((folder) => {
			const dead = spawnSync(process.execPath, ["-e", ""]).pid;
			for (const name of [`.x.${dead}-00000000.tmp`, `.y.${dead}-00000000.tmp`, `.x.${process.pid}-00000000.tmp`]) {
				mkdirSync(join(folder, name));
			}
			writeFolderAtomic(join(folder, "x"), () => {});
			deepEqual(readdirSync(folder).sort(), [`.x.${process.pid}-00000000.tmp`, `.y.${dead}-00000000.tmp`, "x"]);
		}));

	it("says that a file stands in the way", () =>
		inTemporaryFolder((folder) => {
			writeFileSync(join(folder, "file"), "");
			throws(() => writeFileAtomic(join(folder, "file/x"), ""), /saving failed: a part of the path is a file/);
		}));

	if (process.platform === "linux") {
		it("leaves the old state and nothing else when the disk is full or the file too large", () =>
			inTemporaryFolder((folder) => {
				const { outcomes, left } = saveOnSmallDisk(folder);
				equal(outcomes.length, 3);
				for (const outcome of outcomes) {
					equal(outcome.code, "storage");
					match(outcome.message, /saving failed: (the disk is full|the file system allows no file of this size)/);
					match(outcome.remedy, /Free some space|another file system/);
				}
				deepEqual(left, ["kept", "kept/a", "old.txt"]);
			}));
	}
});

/** Runs the child on a file system of 64 KiB, or where none can be mounted, under a file size limit of 64 KiB. */
function saveOnSmallDisk(folder: string): {
	outcomes: { code: string; message: string; remedy: string }[];
	left: string[];
} {
	const run = `exec "${process.execPath}" "${child}" "${folder}"`;
	const mounted = spawnSync(
		"unshare",
		["--map-root-user", "--mount", "sh", "-c", `mount -t tmpfs -o size=64k none "${folder}" && ${run}`],
		{ encoding: "utf8" },
	);
	if (mounted.status === 0) return JSON.parse(mounted.stdout);
	const limited = spawnSync("bash", ["-c", `ulimit -f 64; ${run}`], { encoding: "utf8" });
	equal(limited.status, 0, limited.stderr);
	equal(existsSync(folder), true);
	return JSON.parse(limited.stdout);
}
