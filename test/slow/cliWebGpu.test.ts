/** `--device webgpu` through the command line, in CI on software Vulkan: the same learning as on the CPU. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdaptResult } from "#protocol/learning";
import { SafetensorsFile } from "#runtime/safetensors";
import { relativeL2 } from "#test/golden/fixture";
import { done, failed } from "#test/slow/commandLine";
import { bytesConfig, bytesTokenizer, writeModelOfOneLayer } from "#test/slow/modelOfOneLayer";
import { wideProject } from "#test/slow/realProject";
import { needWebGpu } from "#test/support/needs";

/** Relative; both sides are float32. */
const bound = 1e-3;

// Bytes alone and one layer: software Vulkan computes a thousand times less than a GPU.
describe("cli --device webgpu", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-webgpu-"));
	const home = join(place, "home");
	const project = join(place, "project");
	const model = join(place, "tiny");
	const out = (device: string): string => join(place, `adapter-${device}`);

	before(() => {
		wideProject(project, ["adapt/session.ts", "adapt/order.ts"]);
		writeModelOfOneLayer(model, bytesConfig, bytesTokenizer);
	});
	after(() => rmSync(place, { recursive: true, force: true }));

	it("adapts as the CPU does", async function () {
		needWebGpu(this);
		const [cpu, gpu] = [await adapt("cpu"), await adapt("webgpu")];
		deepEqual([cpu.device, gpu.device], ["cpu", "webgpu"]);
		deepEqual([gpu.passes.backward, gpu.windows], [2, cpu.windows]);
		ok(cpu.accepted && gpu.accepted, `${cpu.verdict}; ${gpu.verdict}`);
		for (const time of ["before", "after"] as const) {
			const [wanted, got] = [cpu.heldOut?.[time].bitsPerByte ?? 0, gpu.heldOut?.[time].bitsPerByte ?? 0];
			ok(wanted > 0 && Math.abs(got / wanted - 1) <= bound, `${time}: ${got}, on the CPU ${wanted}`);
		}
		const [wanted, got] = [tensorsOf(out("cpu")), tensorsOf(out("webgpu"))];
		deepEqual([...got.keys()], [...wanted.keys()]);
		for (const [name, values] of wanted) ok(relativeL2(got.get(name) ?? [], values) <= bound, name);
	});

	it("without a driver says so, and what works instead", async function () {
		if (process.platform !== "linux") this.skip();
		// No Vulkan driver is found there, whatever the machine has.
		const env = { VK_ICD_FILENAMES: join(place, "no-driver.json"), VK_DRIVER_FILES: join(place, "no-driver.json") };
		const { code, error } = await failed(["adapt", project, "--device", "webgpu", "--updates", "2"], { home, env });
		deepEqual([code, error.code], [1, "device"]);
		match(error.reason, /"webgpu" cannot be used: .*(adapter|no answer|driver)/i);
		match(error.remedy, /attune devices.*--device cpu.*libvulkan1.*libegl1/);
		equal(error.reason.includes("\n"), false);
	});

	function adapt(device: string): Promise<AdaptResult> {
		// The minutes are never used up: they make a slow device read less general text before and after.
		const bounds = ["--updates", "2", "--minutes", "3"];
		const words = ["adapt", project, "--model", model, "--device", device, ...bounds, "--out", out(device)];
		return done<AdaptResult>(words, { home: join(place, `home-${device}`) });
	}
});

function tensorsOf(adapter: string): Map<string, Float32Array> {
	const file = new SafetensorsFile(join(adapter, "adapter_model.safetensors"));
	try {
		return new Map([...file.header.tensors.keys()].sort().map((name) => [name, file.read(name)]));
	} finally {
		file.close();
	}
}
