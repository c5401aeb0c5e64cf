/** The host tests as `tools/desktop.mjs` gives them to an editor that `@vscode/test-electron` starts. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { inWindows } from "#test/host/hostRuns";
import { type Counts, type HostRun, hostTask } from "#test/host/runInHost";
import { quietSettings } from "#test/host/server";

/** What `runTests` of `@vscode/test-electron` takes, but for the editor itself. */
export interface DesktopRun {
	readonly extensionDevelopmentPath: string;
	readonly extensionTestsPath: string;
	readonly extensionTestsEnv: Readonly<Record<string, string>>;
	readonly launchArgs: readonly string[];
}

/** `start` resolves when the editor has ended, however. Restricted Mode is left out: `@vscode/test-electron` trusts every folder. */
export async function inDesktop(
	wanted: readonly string[],
	start: (run: DesktopRun) => Promise<unknown>,
): Promise<Counts> {
	const print = (text: string) => void process.stdout.write(text);
	return await inWindows(wanted, (run, show) => once(run, start, show), print);
}

async function once(run: HostRun, start: (run: DesktopRun) => Promise<unknown>, print: (text: string) => void) {
	if (run.trusted === false) return { passed: 0, failed: 0, skipped: 1, remarks: [] };
	const { task, output, counts } = hostTask(run);
	const data = join(run.workspace, "..", "user-data");
	mkdirSync(join(data, "User"), { recursive: true });
	writeFileSync(join(data, "User", "settings.json"), JSON.stringify({ ...quietSettings, ...run.settings }));
	let end = "it left no result";
	try {
		await start({
			...{ extensionDevelopmentPath: resolve("."), extensionTestsPath: resolve("test/host/inHost.cjs") },
			extensionTestsEnv: { ATTUNE_HOST_RUN: task },
			launchArgs: [run.workspace, "--disable-extensions", `--user-data-dir=${data}`],
		});
	} catch (error) {
		end = String((error as Error).message ?? error);
	}
	print(readFileSync(output, "utf8"));
	try {
		return JSON.parse(readFileSync(counts, "utf8")) as Counts;
	} catch {
		throw new Error(`the editor's extension host died: ${end}`);
	}
}
