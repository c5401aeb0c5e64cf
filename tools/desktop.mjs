/**
 * `npm run test:desktop [-- NAME ...]`: the tests that run inside an editor, in a desktop VS Code: the one in $VSCODE_EXECUTABLE, else one that
 * `@vscode/test-electron` downloads ($VSCODE_VERSION, else the newest). Where that cannot be reached, the host made of npm packages takes its place,
 * started the same way; `ATTUNE_TEST_DESKTOP=required` makes that a failure.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ensureInstalled, run } from "./setup.mjs";

/** Milliseconds in which the download has to begin. */
const patience = 15_000;

ensureInstalled();
for (const more of [[], ["--test"]]) run(process.execPath, ["esbuild.mjs", ...more]);
const { downloadAndUnzipVSCode, runTests } = await import("@vscode/test-electron");
const { inDesktop } = await import("../out/test/host/desktop.child.js");
const place = mkdtempSync(join(tmpdir(), "attune-desktop-"));
try {
	const vscodeExecutablePath = process.env.VSCODE_EXECUTABLE ?? (await downloaded()) ?? hostProgram();
	const counts = await inDesktop(process.argv.slice(2), (options) => runTests({ vscodeExecutablePath, ...options }));
	const { passed, failed, skipped } = counts;
	process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
	process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
} catch (error) {
	process.stderr.write(`${error.message}\n`);
	process.exitCode = 1;
} finally {
	rmSync(place, { recursive: true, force: true, maxRetries: 3 });
}

async function downloaded() {
	try {
		return await downloadAndUnzipVSCode({ version: process.env.VSCODE_VERSION ?? "stable", timeout: patience });
	} catch (error) {
		const reason = `desktop VS Code can't be downloaded (${error.message})`;
		if (process.env.ATTUNE_TEST_DESKTOP === "required") throw new Error(`${reason}: name one in VSCODE_EXECUTABLE`);
		process.stderr.write(`${reason}; the host made of npm packages takes its place.\n`);
		return undefined;
	}
}

/** A program, because that is what is started. */
function hostProgram() {
	if (process.platform !== "linux") throw new Error("That host needs Linux: name a VS Code in VSCODE_EXECUTABLE.");
	const program = join(place, "code");
	writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${resolve("out/test/host/code.child.js")}" "$@"\n`);
	chmodSync(program, 0o755);
	return program;
}
