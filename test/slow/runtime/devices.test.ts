import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { listDevices, requireDevice } from "#runtime/devices";
import { loadOrt } from "#runtime/ort";
import { needWebGpu } from "../../support/needs.ts";

const probeFile = join(import.meta.dirname, "../../../src/main/probe.js");

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
