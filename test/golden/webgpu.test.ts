/** The learn graph on WebGPU (in CI on software Vulkan) against the CPU: a tiny model of each family. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Gate, TokenWindow } from "#adapt/learner";
import { needWebGpu } from "../support/needs.ts";
import { readGolden, relativeL2, worst } from "./fixture.ts";
import { OpenedGolden } from "./opened.ts";

/** Relative L2; both sides are float32. */
const bound = 1e-3;

describe("golden/webgpu", () => {
	before(function () {
		needWebGpu(this);
	});

	for (const name of ["llama-tied", "qwen2-tied", "qwen3-yarn"]) {
		describe(name, () => equalsCpu(name));
	}
});

function equalsCpu(name: string): void {
	const golden = readGolden(name);
	const windows = golden.reference.windows.map(
		(tokens): TokenWindow => ({ tokens: Int32Array.from(tokens), scoreFrom: 1, bytes: tokens.length }),
	);
	const [first] = windows as [TokenWindow];
	let gpu: OpenedGolden;
	let cpu: OpenedGolden;

	before(async () => {
		[gpu, cpu] = [await OpenedGolden.open(golden, "float32", "webgpu"), await OpenedGolden.open(golden, "float32")];
		for (const opened of [gpu, cpu]) opened.setAdapter(golden.adapter);
	});
	after(async () => {
		await gpu.close();
		await cpu.close();
	});

	it("scores", async () => {
		for (const adapter of ["off", "on"] as const) {
			const [got, wanted] = [await gpu.learner.score(windows, adapter), await cpu.learner.score(windows, adapter)];
			const flat = (scores: typeof got) => scores.flatMap((score) => [...score.nll]);
			ok(relativeL2(flat(got), flat(wanted)) <= bound, adapter);
		}
	});

	it("gradients", async () => {
		const batch = [{ window: first, weight: 1 }];
		const [got, wanted] = [await gpu.learner.gradients(batch), await cpu.learner.gradients(batch)];
		const { error, name: tensor } = worst(gpu.peftNamed(got), float32(cpu.peftNamed(wanted)));
		ok(error <= bound, `${tensor}: ${error}`);
	});

	it("a step only where the window surprises, and then the same step", async () => {
		const gate: Gate = { min: 0, max: 100, logScale: -1, exponent: 1, cap: 5 };
		equal((await gpu.learner.learnIfSurprising(first, { ...gate, max: 0.001 }, 1e-2)).learned, false);
		deepEqual(gpu.adapterValues(), cpu.adapterValues());
		const [got, wanted] = [
			await gpu.learner.learnIfSurprising(first, gate, 1e-2),
			await cpu.learner.learnIfSurprising(first, gate, 1e-2),
		];
		ok(got.learned && wanted.learned && Math.abs(got.weight / wanted.weight - 1) <= bound);
		const { error, name: tensor } = worst(gpu.adapterValues(), float32(cpu.adapterValues()));
		ok(error <= bound, `${tensor}: ${error}`);
	});
}

function float32(tensors: ReadonlyMap<string, readonly number[]>): Map<string, Float32Array> {
	return new Map([...tensors].map(([name, values]) => [name, Float32Array.from(values)]));
}
