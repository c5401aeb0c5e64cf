import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { requireDevice } from "#runtime/devices";
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
