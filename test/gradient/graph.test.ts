/** The gradient ring: every rule against central differences, in float64. */
import { deepEqual, ok } from "node:assert/strict";
import { seededRandom } from "#base/random";
import { gradients } from "#graph/autodiff";
import { allOps } from "#graph/op";
import { mul } from "#graph/ops/elementwise";
import { reshape } from "#graph/ops/layout";
import { reduceSum } from "#graph/ops/reduce";
import { constant, input, sizeOf, type Tensor } from "#graph/tensor";
import { constantOps, type OpCase, opCases } from "../graph/cases.ts";
import { compile, type Values } from "../graph/evaluate.ts";

describe("graph/gradient ring", () => {
	it("has a row for every op", () => {
		const covered = new Set([...opCases.flatMap((row) => row.ops), ...Object.keys(constantOps)]);
		deepEqual(
			[...allOps().keys()].filter((name) => !covered.has(name)),
			[],
		);
		for (const name of Object.keys(constantOps)) deepEqual(allOps().get(name)?.gradient, "constant", name);
	});

	for (const row of opCases) {
		it(row.label, async () => {
			const worst = await worstRelativeError(row);
			ok(worst < 1e-7, `relative error ${worst}`);
		});
	}

	it("catches a wrong rule", async () => {
		// Doubling the loss but not its gradient must show.
		const honest = opCases.find((row) => row.label.startsWith("Exp")) as OpCase;
		const worst = await worstRelativeError(honest, 2);
		ok(worst > 0.1, `relative error ${worst}`);
	});
});

/** Largest |rule - central difference| over all entries, relative to the largest gradient entry. */
async function worstRelativeError(row: OpCase, lossScale = 1): Promise<number> {
	const random = seededRandom(17);
	const inputs = row.shapes.map((shape, i) => input(`x${i}`, "float64", shape));
	const output = row.apply(...inputs);
	const seed = constant(
		Array.from({ length: sizeOf(output.shape) }, () => random.normal()),
		"float64",
		output.shape,
	);
	const rules = await compile(named("g", gradients(output, seed, inputs)));
	const axes = output.shape.map((_, i) => i);
	const loss = await compile({ loss: reshape(reduceSum(mul(output, seed), axes), [1]) });
	const values: Record<string, number[]> = {};
	for (const [i, shape] of row.shapes.entries())
		values[`x${i}`] = Array.from({ length: sizeOf(shape) }, () => (row.domain ?? ((x) => x))(random.normal()));
	const analytic = await rules.run(values);
	let worst = 0;
	let largest = 1e-3;
	for (const i of row.shapes.keys()) {
		for (const [k, value] of (analytic[`g${i}`] as number[]).entries()) {
			const numeric = lossScale * (await centralDifference(loss, values, `x${i}`, k));
			worst = Math.max(worst, Math.abs(value - numeric));
			largest = Math.max(largest, Math.abs(numeric));
		}
	}
	return worst / largest;
}

async function centralDifference(
	loss: Awaited<ReturnType<typeof compile>>,
	values: Values,
	name: string,
	index: number,
): Promise<number> {
	const h = 1e-5;
	const moved = async (by: number) => {
		const shifted = (values[name] as number[]).map((value, i) => (i === index ? value + by : value));
		return ((await loss.run({ ...values, [name]: shifted }))["loss"] as number[])[0] as number;
	};
	return ((await moved(h)) - (await moved(-h))) / (2 * h);
}

function named(prefix: string, tensors: readonly Tensor[]): Record<string, Tensor> {
	return Object.fromEntries(tensors.map((tensor, i) => [`${prefix}${i}`, tensor]));
}
