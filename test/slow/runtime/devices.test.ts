import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import type { AttuneError } from "#base/errors";
import { fastest, isProved, listDevices, probeDevice, requireDevice } from "#runtime/devices";
import { loadOrt } from "#runtime/ort";
import { probeProvider } from "#runtime/probe";
import { needWebGpu } from "#test/support/needs";

const probeFile = join(import.meta.dirname, "../../../src/main/probe.js");
const child = (name: string) => join(import.meta.dirname, `${name}.child.js`);

describe("runtime/devices", () => {
	it("finds that the CPU works, and takes it untried where it is asked for", async () => {
		const tried = await probeDevice("cpu", { probeFile });
		equal(tried.gflops > 1 && tried.name.length > 2, true, JSON.stringify(tried));
		deepEqual(await requireDevice("cpu", { probeFile: child("crash") }), { ...tried, ok: true, reason: "", gflops: 0 });
	});

	it("survives a driver that crashes", async () => {
		const device = await probeDevice("webgpu", { probeFile: child("crash") });
		equal(device.ok, false);
		match(device.reason, /ended its process \(SIGABRT|exit code \d+\)/);
	});

	it("survives a driver that hangs", async () => {
		const device = await probeDevice("webgpu", { probeFile: child("hang"), timeoutSeconds: 0.3 });
		deepEqual([device.ok, device.reason], [false, "no answer within 0.3 s"]);
	});

	it("says that a device which is not there is absent, and what to do", async () => {
		const refused = (error: AttuneError) =>
			error.code === "device" && /"abacus".*has only cpu/.test(error.message) && /attune devices/.test(error.remedy);
		await rejects(requireDevice("abacus", { probeFile }), refused);
	});

	it("refuses a device that does not work, with the driver's reason", async () => {
		await rejects(requireDevice("webgpu", { probeFile: child("crash") }), {
			code: "device",
			message: /ended its process/,
		});
	});

	it("takes for auto the CPU unless another that works is twice as fast", () => {
		const device = (provider: string, gflops: number, ok = true) => ({ provider, gflops, ok, name: "", reason: "" });
		const chosen = (...others: ReturnType<typeof device>[]) => fastest([device("cpu", 100), ...others]).provider;
		equal(chosen(), "cpu");
		equal(chosen(device("webgpu", 200)), "cpu");
		equal(chosen(device("webgpu", 201)), "webgpu");
		equal(chosen(device("webgpu", 900, false)), "cpu");
		equal(chosen(device("webgpu", 300), device("coreml", 400)), "coreml");
	});

	it("takes for auto only what was tried, and refuses where not even the CPU works", async () => {
		const auto = await requireDevice("auto", { probeFile });
		deepEqual([auto.ok, isProved(auto.provider)], [true, true]);
		await rejects(requireDevice("auto", { probeFile: child("crash") }), {
			code: "device",
			message: /ended its process/,
		});
	});

	it("notices a provider whose numbers are wrong", async () => {
		const ort = loadOrt();
		const createSession: typeof ort.createSession = async (model, options) => {
			const session = await ort.createSession(model);
			if (options?.executionProviders?.[0] === "cpu") return session;
			return {
				...session,
				release: () => session.release(),
				run: () => session.run({ x: new ort.Tensor("float32", new Float32Array(64 * 512), [64, 512]) }),
			};
		};
		const result = await probeProvider({ ...ort, createSession }, "webgpu");
		match(result.ok ? "" : result.reason, /^its results differ from the CPU's by \d\.\de/);
	});
});

describe("runtime/devices on a GPU or software Vulkan", () => {
	it("runs the probe's graph on WebGPU with the CPU's results", async function () {
		needWebGpu(this);
		const device = await requireDevice("webgpu", { probeFile });
		deepEqual([device.ok, device.reason], [true, ""]);
		equal(device.gflops > 0, true);
	});
});

describe("runtime/devices: list", () => {
	it("names every provider once, with a reason where it does not work", async () => {
		const devices = await listDevices({ probeFile });
		deepEqual(
			devices.map((device) => device.provider),
			[...loadOrt().providers],
		);
		for (const device of devices) equal(device.ok, device.reason === "", JSON.stringify(device));
	});
});
