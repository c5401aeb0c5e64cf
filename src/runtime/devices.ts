import { fork } from "node:child_process";
import { cpus } from "node:os";
import { AttuneError } from "#base/errors";
import { loadOrt } from "./ort.ts";
import type { ProbeResult } from "./probe.ts";

export interface Device {
	/** onnxruntime's name of the execution provider: "cpu", "webgpu", "dml", "coreml". */
	readonly provider: string;
	/** What it is, for a person. */
	readonly name: string;
	/** Did it run a small graph with the CPU's results? */
	readonly ok: boolean;
	/** Why not; empty if it did. */
	readonly reason: string;
	/** Speed of small float32 products; 0 if it did not run or was not tried. */
	readonly gflops: number;
}

export interface DeviceOptions {
	/** The built `src/main/probe.ts`. */
	readonly probeFile: string;
	readonly timeoutSeconds?: number;
}

const defaultTimeoutSeconds = 30;
/** A GPU must be this much faster at products than the CPU before "auto" takes it: its other ops gain less. */
const worthIt = 2;

/** Providers on which the tests prove the graphs; the others are only listed. */
export const provedProviders = ["cpu", "webgpu"] as const;

export function isProved(provider: string): provider is (typeof provedProviders)[number] {
	return provedProviders.some((proved) => proved === provider);
}

/** Every provider inside the installed onnxruntime, or those named, each tried in a process of its own, one after another. */
export async function listDevices(
	options: DeviceOptions,
	providers: readonly string[] = loadOrt().providers,
): Promise<readonly Device[]> {
	const devices: Device[] = [];
	for (const provider of providers) devices.push(await probeDevice(provider, options));
	return devices;
}

/**
 * The device that `wanted` names, or for "auto" the fastest proved one that works, the CPU unless a GPU is clearly faster. The CPU
 * is not tried first: there is nothing to fall back to.
 * Throws `AttuneError("device")` if it is absent or does not work.
 */
export async function requireDevice(wanted: string, options: DeviceOptions): Promise<Device> {
	const { providers } = loadOrt();
	if (wanted === "cpu") return { provider: "cpu", name: deviceName("cpu"), ok: true, reason: "", gflops: 0 };
	if (wanted === "auto") return fastest(await listDevices(options, providers.filter(isProved)));
	if (!providers.includes(wanted)) {
		throw absent(wanted, `this platform's onnxruntime has only ${providers.join(", ")}`);
	}
	const device = await probeDevice(wanted, options);
	if (!device.ok) throw absent(wanted, device.reason);
	return device;
}

/** What containers lack, by the names of Debian and Ubuntu: with libvulkan1 alone NVIDIA's driver was not found, with all of these it was. */
const onLinux =
	"A GPU needs its Vulkan driver and libvulkan1 here; NVIDIA's driver needs libegl1, libgl1 and libgles2 beside it.";

/** Tries one provider in a throw-away child: a driver that crashes or hangs takes only the child with it. */
export async function probeDevice(provider: string, options: DeviceOptions): Promise<Device> {
	const result = await runProbe(provider, options);
	const name = deviceName(provider);
	if (result.ok) return { provider, name, ok: true, reason: "", gflops: result.gflops };
	return { provider, name, ok: false, reason: firstSentence(result.reason), gflops: 0 };
}

/** Of devices that were tried. */
export function fastest(devices: readonly Device[]): Device {
	const cpu = devices.find((device) => device.provider === "cpu");
	if (cpu?.ok !== true) throw absent("cpu", cpu?.reason ?? "it is not part of this onnxruntime");
	const others = devices.filter((device) => device.ok && device.gflops > worthIt * cpu.gflops);
	return others.reduce((best, device) => (device.gflops > best.gflops ? device : best), cpu);
}

function absent(provider: string, reason: string): AttuneError {
	const libraries = provider === "webgpu" && process.platform === "linux" ? ` ${onLinux}` : "";
	return new AttuneError("device", `the device "${provider}" cannot be used: ${reason}`, {
		remedy: `\`attune devices\` lists what works here; \`--device cpu\` always does.${libraries}`,
	});
}

function runProbe(provider: string, options: DeviceOptions): Promise<ProbeResult> {
	const timeoutSeconds = options.timeoutSeconds ?? defaultTimeoutSeconds;
	return new Promise((resolve) => {
		// In the editor process.execPath is Electron, which this makes behave as Node. Drivers write to both streams: dropped.
		const env = { ...process.env, ELECTRON_RUN_AS_NODE: "1" };
		const child = fork(options.probeFile, [provider], {
			env,
			execArgv: [],
			stdio: ["ignore", "ignore", "ignore", "ipc"],
		});
		const fail = (reason: string) => settle({ ok: false, reason });
		const timer = setTimeout(() => fail(`no answer within ${timeoutSeconds} s`), timeoutSeconds * 1000);
		const settle = (result: ProbeResult): void => {
			clearTimeout(timer);
			child.kill("SIGKILL");
			resolve(result);
		};
		child.once("message", (message) => settle(message as ProbeResult));
		child.once("error", (error) => fail(error.message));
		child.once("exit", (code, signal) => fail(`the driver ended its process (${signal ?? `exit code ${code}`})`));
	});
}

function deviceName(provider: string): string {
	switch (provider) {
		case "cpu":
			return cpus()[0]?.model.trim() ?? "CPU";
		case "webgpu":
			return `GPU through WebGPU (${{ win32: "Direct3D 12", darwin: "Metal" }[process.platform as string] ?? "Vulkan"})`;
		case "dml":
			return "GPU through DirectML";
		case "coreml":
			return "Neural Engine and GPU through Core ML";
		default:
			return provider;
	}
}

/** onnxruntime puts its own file, line and function before what matters. */
function firstSentence(reason: string): string {
	const line = reason.split("\n").find((text) => text.trim() !== "") ?? "unknown";
	return line.replace(/^.*?onnxruntime_src\S*\s.*?(?:was false\.|status code \d+)\s*/, "").trim();
}
