/**
 * A real VS Code for tests, made of packages alone: the npm package `code-server` carries all of VS Code (server, web workbench,
 * extension host), npm's `node-linux-*` the Node it wants, Debian's `chromium` is the window. Lies in a cache folder outside the repository.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { restoreApiCheck } from "#test/host/proposedApi";

export interface Editor {
	/** The Node that runs VS Code. */
	readonly node: string;
	/** VS Code's own folder. */
	readonly vscode: string;
}

/** An editor and a window for it. */
export interface Host extends Editor {
	readonly chromium: string;
}

/** code-server's version is VS Code's with a 4 before it: 4.139.1 holds VS Code 1.139.1. */
const versions = { codeServer: "4.139.1", node: "24.21.0" };

/** Throws with a reason where it cannot be had. */
export function ensureHost(): Host {
	const chromium = findChromium();
	return { ...ensureEditor(), chromium };
}

/** The editor, made first if it is not there: half a minute with a good line, 800 MB. Throws with a reason where it cannot be made. */
export function ensureEditor(): Editor {
	if (process.platform !== "linux") throw new Error("the editor is made of Linux packages: it needs Linux");
	const folder = join(cacheFolder(), `vscode-host-${versions.codeServer}-node-${versions.node}`);
	if (!existsSync(folder)) {
		const unfinished = `${folder}.${process.pid}`;
		rmSync(unfinished, { recursive: true, force: true });
		make(unfinished);
		place(unfinished, folder);
	}
	return { node: nodeOf(folder), vscode: join(folder, "vscode") };
}

/** Of two that made it at once, the first one's stays. */
function place(unfinished: string, folder: string): void {
	try {
		renameSync(unfinished, folder);
	} catch (error) {
		rmSync(unfinished, { recursive: true, force: true });
		if (!existsSync(folder)) throw error;
	}
}

function cacheFolder(): string {
	const { ATTUNE_CACHE: own, XDG_CACHE_HOME: platform } = process.env;
	return own ?? join(platform ?? join(homedir(), ".cache"), "attune");
}

function findChromium(): string {
	const known = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
	const found = known.find((path) => path !== undefined && existsSync(path));
	if (found === undefined) throw new Error("no Chromium: install Debian's `chromium`, or name one in CHROMIUM");
	return found;
}

function nodeOf(folder: string): string {
	return join(folder, "node_modules", `node-linux-${process.arch}`, "bin", "node");
}

function make(folder: string): void {
	const vscode = join(folder, "vscode");
	mkdirSync(vscode, { recursive: true });
	writeFileSync(join(folder, "package.json"), '{ "private": true }');
	npm(folder, ["install", "--no-save", "--no-package-lock", `node-linux-${process.arch}@${versions.node}`]);
	// npm's scripts run by the Node that VS Code will have, so that native modules fit.
	const path = `${dirname(nodeOf(folder))}${delimiter}${process.env["PATH"] ?? ""}`;
	npm(folder, ["pack", `code-server@${versions.codeServer}`]);
	const archive = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
	command("tar", ["xzf", archive, "--strip-components=3", "-C", "vscode", "package/lib/vscode"], folder);
	rmSync(join(folder, archive));
	npm(vscode, ["install", "--omit=dev"], { PATH: path });
	npm(join(vscode, "extensions"), ["install", "--omit=dev"], { PATH: path });
	buildNative(vscode, folder, path);
	restoreApiCheck(vscode);
}

/** Log channels and the extension host's own end with its parent need these two; the others are not missed. */
function buildNative(vscode: string, folder: string, path: string): void {
	const modules = ["@vscode/spdlog", "@vscode/native-watchdog", "native-watchdog"].filter((name) =>
		existsSync(join(vscode, "node_modules", name)),
	);
	const headers = join(folder, "node_modules", `node-linux-${process.arch}`);
	const env = { ...process.env, PATH: path, npm_config_nodedir: headers };
	const { status } = spawnSync("npm", ["rebuild", "--loglevel=error", ...modules], {
		cwd: vscode,
		env,
		stdio: "ignore",
	});
	if (status !== 0) process.stderr.write("host: no C++ compiler, so output channels stay empty in it\n");
}

function npm(cwd: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): void {
	const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
	command("npm", [...words, ...quiet], cwd, env);
}

function command(name: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): void {
	const { status, stderr, error } = spawnSync(name, words, { cwd, env: { ...process.env, ...env }, encoding: "utf8" });
	if (status !== 0) throw new Error(`host: ${name} ${words[0]} failed: ${error?.message ?? stderr.trim()}`);
}

/** VS Code's version in the host. */
export function hostVersion({ vscode }: Editor): string {
	return JSON.parse(readFileSync(join(vscode, "package.json"), "utf8")).version;
}
