/** What a fresh clone needs before anything runs; `node tools/setup.mjs` does it alone. Only Node's own modules, because nothing is installed yet. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** Installs the locked dependencies unless they are there already. Exits with npm's status if that fails. */
export function ensureInstalled() {
	const [major, minor] = process.versions.node.split(".").map(Number);
	if (major < 20 || (major === 20 && minor < 19)) fail(`Node ${process.versions.node} is too old: use 20.19 or newer.`);
	if (isInstalled()) return;
	process.stderr.write("Installing dependencies (once)...\n");
	// Without this, some set-ups fetch several hundred MB of CUDA libraries; .npmrc says the same to older npm.
	const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
	run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { env, shell: process.platform === "win32" });
}

/** Runs a command with its output on stderr, so that stdout stays the caller's; exits with its status if it fails. */
export function run(command, parameters, options = {}) {
	const { status, error } = spawnSync(command, parameters, { stdio: ["ignore", 2, 2], ...options });
	if (error !== undefined) fail(`${command} could not be started: ${error.message}`);
	if (status !== 0) process.exit(status ?? 1);
}

/** Every package of the lock file that this platform needs is there in its locked version (npm's own hidden lock file says so). */
function isInstalled() {
	const installed = "node_modules/.package-lock.json";
	if (!existsSync(installed)) return false;
	const packages = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
	const have = packages(installed);
	return Object.entries(packages("package-lock.json")).every(
		([path, wanted]) => path === "" || wanted.optional === true || have[path]?.version === wanted.version,
	);
}

function fail(message) {
	process.stderr.write(`${message}\n`);
	process.exit(1);
}

if (import.meta.filename === resolve(process.argv[1] ?? "")) ensureInstalled();
