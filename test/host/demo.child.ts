/**
 * `npm run demo -- --editor [folder]`: VS Code in the browser, with the extension installed as its users install it, until Ctrl-C. The server listens on
 * this machine alone, and what it keeps is gone afterwards; what Attune keeps stays in its usual place.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startServer, workbenchUrl } from "#test/host/server";
import { ensureEditor, hostVersion } from "#test/host/setup";

const settings = { "git.enabled": true, "files.autoSave": "onFocusChange", "workbench.tips.enabled": true };

export async function demoEditor(folder: string): Promise<void> {
	const place = mkdtempSync(join(tmpdir(), "attune-demo-"));
	process.once("exit", () => rmSync(place, { recursive: true, force: true }));
	const stopped = askedToStop();
	note("Making VS Code of npm packages (800 MB, once)...");
	const editor = ensureEditor();
	note("Packaging the extension...");
	const vsix = join(place, "attune.vsix");
	const packed = spawnSync(process.execPath, ["tools/package.mjs", "--built", "--out", vsix], { encoding: "utf8" });
	if (packed.status !== 0) throw new Error(packed.stderr);
	const server = await startServer(editor, { settings, vsix });
	const address = workbenchUrl(server, resolve(folder));
	process.stdout.write(`\nVS Code ${hostVersion(editor)} with Attune: ${address}\n`);
	note("Type in a file, or press F1 and type Attune. Ctrl-C here ends it.");
	openInBrowser(address);
	await stopped;
	note("\nStopping...");
	await server.stop();
}

/** Whoever asks twice means now: what was started ends with this process. */
function askedToStop(): Promise<void> {
	let asked = 0;
	return new Promise((stop) => {
		for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
			process.on(signal, () => {
				if (++asked > 1) process.exit(130);
				stop();
			});
	});
}

/** Where there is a screen; the address is on the terminal anyway. */
function openInBrowser(address: string): void {
	if (process.env["DISPLAY"] === undefined && process.env["WAYLAND_DISPLAY"] === undefined) return;
	spawn("xdg-open", [address], { detached: true, stdio: "ignore" })
		.on("error", () => {})
		.unref();
}

function note(line: string): void {
	process.stderr.write(`${line}\n`);
}
