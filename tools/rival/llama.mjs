/**
 * Installs llama.cpp, as node-llama-cpp brings it ready built for this platform's CPU, apart from Attune's own packages. Prints what to use:
 *
 *     eval "$(node tools/rival/llama.mjs)"
 *
 * It lives in a cache folder named by its version, so it is made once. Exits non-zero with the reason if it cannot be made.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const version = "3.22.1";
const binaries = {
	"linux-x64": "linux-x64",
	"linux-arm64": "linux-arm64",
	"darwin-arm64": "mac-arm64-metal",
	"darwin-x64": "mac-x64",
	"win32-x64": "win-x64",
	"win32-arm64": "win-arm64",
}[`${process.platform}-${process.arch}`];
if (binaries === undefined) fail(`node-llama-cpp is not built for ${process.platform}-${process.arch}`);

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const folder = join(cache, "attune-ci", `llama-${version}`);
if (!existsSync(join(folder, "complete"))) {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	// Named one by one: as optional dependencies, builds for CUDA and Vulkan would come too.
	const dependencies = { "node-llama-cpp": version, [`@node-llama-cpp/${binaries}`]: version };
	writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
	const words = ["install", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
	const { status, error } = spawnSync("npm", words, {
		cwd: folder,
		stdio: ["ignore", 2, 2],
		shell: process.platform === "win32",
	});
	if (status !== 0)
		fail(`npm could not install node-llama-cpp ${version}: ${error?.message ?? `it ended with ${status}`}`);
	writeFileSync(join(folder, "complete"), "");
}
process.stdout.write(`export ATTUNE_LLAMA='${folder}'\n`);

function fail(reason) {
	process.stderr.write(`${reason}\n`);
	process.exit(1);
}
