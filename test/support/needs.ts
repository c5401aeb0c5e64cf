/** What some tests need of the machine. Missing, it skips the test; where it is required (in CI) it fails it. */
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { invariant } from "#base/assert";
import { whyNoLlama } from "#engine/bench/llama";
import { ensureHost, type Host } from "#test/host/setup";

/**
 * Path of a Python that has the packages of tools/requirements.txt, from ATTUNE_PYTHON (`eval "$(tools/python.sh)"` makes one).
 * Call it in `before(function () {...})` or a test, with that function's `this`.
 */
export function needPython(context: Mocha.Context): string {
	const python = process.env["ATTUNE_PYTHON"];
	if (python !== undefined && python !== "") return python;
	invariant(process.env["ATTUNE_TEST_PYTHON"] !== "required", "ATTUNE_PYTHON is not set, but Python is required here");
	return context.skip();
}

/**
 * Continues only where WebGPU has a driver: a Vulkan driver named by VK_ICD_FILENAMES (`eval "$(tools/vulkan.sh)"`), or any
 * platform but Linux with ATTUNE_TEST_WEBGPU=1.
 */
export function needWebGpu(context: Mocha.Context): void {
	const wanted = process.env["ATTUNE_TEST_WEBGPU"];
	if (wanted === "required" || wanted === "1" || process.env["VK_ICD_FILENAMES"] !== undefined) return;
	context.skip();
}

/** Continues only where llama.cpp is at hand, at ATTUNE_LLAMA (`eval "$(node tools/rival/llama.mjs)"` installs it). */
export function needLlama(context: Mocha.Context): void {
	const missing = whyNoLlama();
	if (missing === undefined) return;
	invariant(process.env["ATTUNE_TEST_LLAMA"] !== "required", missing);
	context.skip();
}

/** Continues only where a process without privileges can mount a small file system in memory: a disk to be filled. */
export function needMount(context: Mocha.Context): void {
	const words = ["--map-root-user", "--mount", "mount", "-t", "tmpfs", "-o", "size=64k", "none", tmpdir()];
	const { status, stderr, error } = spawnSync("unshare", words, { encoding: "utf8" });
	if (status === 0) return;
	const why = error?.message ?? stderr.trim();
	invariant(process.env["ATTUNE_TEST_MOUNT"] !== "required", `no file system can be mounted here: ${why}`);
	context.skip();
}

/** A real VS Code with a window, made if need be. */
export function needHost(context: Mocha.Context): Host {
	try {
		return ensureHost();
	} catch (error) {
		invariant(process.env["ATTUNE_TEST_EDITOR"] !== "required", (error as Error).message);
		return context.skip();
	}
}
