/** The extension as it is installed. */
import { equal } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Project } from "#test/editor/project";

/** Packs what is built, beside the project. */
export function extensionPackage(project: Project): string {
	const vsix = join(project.folder, "..", "attune.vsix");
	const packed = spawnSync(process.execPath, ["tools/package.mjs", "--built", "--out", vsix], { encoding: "utf8" });
	equal(packed.status, 0, packed.stderr);
	return vsix;
}
