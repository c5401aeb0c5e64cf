/** VS Code's server, on a free port of this machine, with settings and data of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Editor } from "#test/host/setup";

export interface ServerOptions {
	readonly settings?: Readonly<Record<string, unknown>>;
	readonly environment?: Readonly<Record<string, string>>;
	/** False: folders are opened in Restricted Mode. */
	readonly trusted?: boolean;
	/** Extensions under development and tests are heard of only then; notifications do not pop up then. */
	readonly testDriver?: boolean;
	/** A packaged extension to be installed. */
	readonly vsix?: string;
}

export interface Server {
	readonly origin: string;
	/** Removed by `stop`. */
	readonly data: string;
	stop(): Promise<void>;
}

/** Nothing looks anything up on the net, nothing pops up by itself. */
export const quietSettings = {
	...{ "telemetry.telemetryLevel": "off", "update.mode": "none", "workbench.enableExperiments": false },
	...{ "extensions.autoCheckUpdates": false, "extensions.autoUpdate": false, "extensions.ignoreRecommendations": true },
	...{ "workbench.startupEditor": "none", "workbench.tips.enabled": false, "window.confirmBeforeClose": "never" },
	...{ "workbench.settings.enableNaturalLanguageSearch": false, "npm.fetchOnlinePackageInfo": false },
	...{
		"git.enabled": false,
		"files.autoSave": "off",
		"chat.agentHost.enabled": false,
		"chat.disableAIFeatures": false,
	},
	...{ "typescript.disableAutomaticTypeAcquisition": true, "workbench.secondarySideBar.defaultVisibility": "hidden" },
};

export async function startServer(host: Editor, options: ServerOptions = {}): Promise<Server> {
	const { settings = {}, environment = {}, trusted = true, testDriver = false, vsix } = options;
	const data = mkdtempSync(join(tmpdir(), "attune-vscode-"));
	const user = join(data, "data", "User");
	mkdirSync(user, { recursive: true });
	const trust = { "security.workspace.trust.enabled": !trusted, "security.workspace.trust.startupPrompt": "never" };
	writeFileSync(join(user, "settings.json"), JSON.stringify({ ...quietSettings, ...trust, ...settings }, null, "\t"));
	const machine = Object.entries(settings).filter(([name]) => machineSettings().has(name));
	mkdirSync(join(data, "data", "Machine"), { recursive: true });
	writeFileSync(
		join(data, "data", "Machine", "settings.json"),
		JSON.stringify(Object.fromEntries(machine), null, "\t"),
	);
	if (vsix !== undefined) install(host, data, vsix);
	const port = await freePort();
	const words = [
		[join(host.vscode, "out/server-main.js"), "--host", "127.0.0.1", "--port", String(port)],
		["--without-connection-token", "--accept-server-license-terms", "--telemetry-level", "off"],
		["--server-data-dir", data, "--disable-experiments"],
		testDriver ? ["--enable-smoke-test-driver"] : [],
		trusted ? ["--disable-workspace-trust"] : [],
	].flat();
	// A process group of its own, so that its extension hosts end with it.
	const child = spawn(host.node, words, { env: { ...ownEnvironment(), ...environment }, detached: true });
	const kill = () => signal(child, "SIGKILL");
	process.once("exit", kill);
	await listening(child, join(data, "server.log"));
	return {
		...{ origin: `http://127.0.0.1:${port}`, data },
		async stop() {
			await ended(child);
			process.off("exit", kill);
			rmSync(data, { recursive: true, force: true, maxRetries: 3 });
		},
	};
}

/** Where the editor is remote to its window, as it is here, settings of the machine count only in a file of their own. */
function machineSettings(): ReadonlySet<string> {
	const { contributes } = JSON.parse(readFileSync("package.json", "utf8"));
	const groups: readonly { readonly properties: Record<string, { readonly scope: string }> }[] =
		contributes.configuration;
	const settings = groups.flatMap(({ properties }) => Object.entries(properties));
	return new Set(settings.filter(([, { scope }]) => scope === "machine").map(([name]) => name));
}

function install(host: Editor, data: string, vsix: string): void {
	const words = ["--server-data-dir", data, "--install-extension", vsix, "--force"];
	const { status, stderr, stdout } = spawnSync(host.node, [join(host.vscode, "out/server-main.js"), ...words], {
		...{ encoding: "utf8", env: ownEnvironment() },
	});
	if (status !== 0) throw new Error(`${vsix} could not be installed: ${stderr}${stdout}`);
}

/** Address of the workbench for a folder or a `.code-workspace` file. `payload` is what VS Code's web client takes besides the folder. */
export function workbenchUrl(
	{ origin }: Server,
	folder: string,
	payload: readonly (readonly [string, string])[] = [],
): string {
	const url = new URL(origin);
	url.searchParams.set(folder.endsWith(".code-workspace") ? "workspace" : "folder", folder);
	if (payload.length > 0) url.searchParams.set("payload", JSON.stringify(payload));
	return url.href;
}

/** This process's own, without what an editor around it may have left there. */
function ownEnvironment(): NodeJS.ProcessEnv {
	return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VSCODE|ELECTRON)_/.test(name)));
}

function listening(child: ChildProcess, log: string): Promise<void> {
	const file = createWriteStream(log);
	return new Promise((resolve, reject) => {
		let text = "";
		const timer = setTimeout(() => reject(new Error(`VS Code's server did not start in 60 s:\n${text}`)), 60_000);
		for (const stream of [child.stdout, child.stderr])
			stream?.setEncoding("utf8").on("data", (part: string) => {
				file.write(part);
				text = (text + part).slice(-4_000);
				if (!/Extension host agent started|Web UI available/.test(text)) return;
				clearTimeout(timer);
				resolve();
			});
		child.once("exit", (code) => {
			clearTimeout(timer);
			reject(new Error(`VS Code's server ended with ${code}:\n${text}`));
		});
	});
}

function ended(child: ChildProcess): Promise<void> {
	return new Promise((resolve) => {
		if (child.exitCode !== null || child.signalCode !== null) return resolve();
		child.once("exit", () => resolve());
		signal(child, "SIGTERM");
		setTimeout(() => signal(child, "SIGKILL"), 3_000).unref();
	});
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
	try {
		if (pid !== undefined) process.kill(-pid, name);
	} catch {
		// It is gone already.
	}
}

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const probe = createServer();
		probe.once("error", reject);
		probe.listen(0, "127.0.0.1", () => {
			const address = probe.address();
			probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
		});
	});
}
