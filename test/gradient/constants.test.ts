/** What the ops without a gradient compute. */
import { deepEqual } from "node:assert/strict";
import { input } from "#graph/tensor";
import { constantOps } from "#test/graph/cases";
import { compile } from "#test/graph/evaluate";

describe("graph, ops without a gradient", () => {
	const values = [
		[-1.5, -0.25, 0, 0.25, 1, 2.75],
		[-3, -0.5, -2.25, 0, -1, -0.125],
	];
	const targets = [
		["float32", "cpu"],
		["float32", "webgpu"],
		["float64", "cpu"],
	] as const;

	for (const [name, { apply, value }] of Object.entries(constantOps)) {
		it(`computes ${name} as it says, on each provider and in each precision`, async () => {
			for (const [dtype, provider] of targets) {
				const graph = await compile({ y: apply(input("x", dtype, [6])) }, dtype, provider);
				for (const x of values) deepEqual((await graph.run({ x }))["y"], value(x), `${dtype} for ${provider}`);
			}
		});
	}
});
