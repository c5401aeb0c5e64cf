/** `npm run demo -- FOLDER`: the first command of the README, after installing and building. */
import { equal, match } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wideProject } from "#test/slow/realProject";

describe("demo", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-demo-"));
	after(() => rmSync(place, { recursive: true, force: true }));

	it("adapts the shipped model to a folder, and shows what that gained", () => {
		const folder = join(place, "project");
		wideProject(folder);
		const words = ["tools/demo.mjs", folder, "--built", "--updates", "4", "--minutes", "1"];
		const env = { ...process.env, ATTUNE_HOME: join(place, "home") };
		const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8", env });
		const shown = stdout + stderr;
		equal(status, 0, shown);
		match(shown, new RegExp(`^Adapting the default model to ${folder}$`, "m"));
		match(shown, /^held-out (?:files|parts of files) +before +after +gain$/m);
		match(shown, /^bits per byte +\d\.\d+ +\d\.\d+ +[+-]\d/m);
		match(shown, /^verdict +(?:accepted|rejected): /m);
	});
});
