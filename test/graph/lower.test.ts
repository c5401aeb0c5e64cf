import { deepEqual, equal, ok } from "node:assert/strict";
import { seededRandom } from "#base/random";
import { assemble } from "#graph/assemble";
import { isExpanded } from "#graph/lower";
import { allOps } from "#graph/op";
import { choose, onlyIf } from "#graph/ops/branch";
import { add, exp, mul, silu } from "#graph/ops/elementwise";
import { gemm } from "#graph/ops/linear";
import { printGraph } from "#graph/print";
import { ShapeError } from "#graph/shape";
import { constant, input, type Tensor, weight } from "#graph/tensor";
import { opCases } from "./cases.ts";
import { compile } from "./evaluate.ts";

const cpu = { provider: "cpu", dtype: "float32" } as const;

describe("graph/lower", () => {
	it("keeps a fused kernel where it exists and expands it elsewhere", () => {
		const fused = [...allOps().values()].filter((op) => op.expand !== undefined && op.onnx !== undefined);
		deepEqual(fused.map((op) => op.name).sort(), [
			"AddProduct",
			"MatMul",
			"MatMulNBits",
			"PieceProducts",
			"RmsNorm",
			"Rotary",
			"Silu",
		]);
		for (const op of fused) {
			equal(isExpanded(op, cpu), false, op.name);
			equal(isExpanded(op, { provider: "webgpu", dtype: "float32" }), true, op.name);
			equal(isExpanded(op, { provider: "cpu", dtype: "float64" }), true, op.name);
		}
	});

	for (const name of ["AddProduct", "MatMul", "PieceProducts", "RmsNorm", "Rotary", "Silu"]) {
		it(`computes ${name} the same fused and plain`, async () => {
			for (const row of opCases.filter((row) => row.ops[0] === name)) {
				const random = seededRandom(5);
				const inputs = row.shapes.map((shape, i) => input(`x${i}`, "float32", shape));
				const outputs = { y: row.apply(...inputs) };
				const values = Object.fromEntries(
					row.shapes.map((shape, i) => [`x${i}`, Array.from({ length: shape.reduce((a, b) => a * b) }, random.normal)]),
				);
				const fused = await (await compile(outputs, "float32", "cpu")).run(values);
				const plain = await (await compile(outputs, "float32", "webgpu")).run(values);
				const [a, b] = [fused["y"] as number[], plain["y"] as number[]];
				const worst = Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));
				ok(worst < 1e-6, `${row.label}: ${worst}`);
			}
		});
	}

	it("computes MatMulNBits the same fused and plain, where rounding rows to 8 bits changes nothing", async () => {
		for (const row of opCases.filter((row) => row.ops[0] === "MatMulNBits")) {
			const random = seededRandom(5);
			const [rows, columns] = row.shapes[0] as [number, number];
			// Whole numbers up to 127, which every block has once.
			const x = Array.from({ length: rows * columns }, (_, i) =>
				(i % columns) % 128 === 0 ? 127 : random.below(255) - 127,
			);
			const outputs = { y: row.apply(input("x", "float32", [rows, columns])) };
			const fused = (await (await compile(outputs, "float32", "cpu")).run({ x }))["y"] as number[];
			const plain = (await (await compile(outputs, "float32", "webgpu")).run({ x }))["y"] as number[];
			const largest = Math.max(...plain.map(Math.abs));
			const worst = Math.max(...fused.map((value, i) => Math.abs(value - (plain[i] as number))));
			ok(worst < 1e-6 * largest, `${row.label}: ${worst} of ${largest}`);
		}
	});

	it("builds equal expressions once", () => {
		const x = input("x", "float32", [2]);
		const graph = assemble({ y: add(exp(x), exp(x)) }, cpu);
		deepEqual(
			graph.nodes.map((node) => node.type),
			["Exp", "Add"],
		);
	});
});

describe("graph/assemble", () => {
	it("puts into a branch only what nothing outside needs", () => {
		const x = input("x", "float32", [2]);
		const on = input("on", "bool", []);
		const shared = exp(x);
		const [inside] = onlyIf(on, [mul(shared, silu(x))]) as [Tensor];
		const graph = assemble({ inside, shared }, cpu);
		deepEqual(
			graph.nodes.map((node) => node.type),
			["Exp", "If"],
		);
		const branch = graph.nodes[1]?.branches?.whenTrue;
		deepEqual(
			branch?.nodes.map((node) => node.type),
			["QuickGelu", "Mul"],
		);
	});

	it("copies what has a name already: an input, and what is a result twice", async () => {
		const x = input("x", "float64", [1]);
		const y = exp(x);
		const outputs = { same: x, y, again: y };
		deepEqual(
			assemble(outputs, { provider: "cpu", dtype: "float64" }).nodes.map(({ type, inputs, outputs: made }) =>
				[type, ...inputs, ...made].join(" "),
			),
			["Exp x y", "Identity x same", "Identity y again"],
		);
		deepEqual(await (await compile(outputs)).run({ x: [0] }), { same: [0], y: [1], again: [1] });
	});

	it("runs the branch only when the condition holds", async () => {
		const x = input("x", "float64", [2]);
		const graph = await compile({ y: onlyIf(input("on", "bool", []), [exp(x)])[0] as Tensor });
		equal((await graph.run({ x: [0, 0], on: [1] }))["y"]?.length, 2);
		equal((await graph.run({ x: [0, 0], on: [0] }))["y"]?.length, 0);
	});

	it("takes the side that is chosen, and keeps what comes after two choices apart", async () => {
		const x = input("x", "float64", [1]);
		const [a, b] = [input("a", "bool", []), input("b", "bool", [])];
		const first = choose(a, [add(exp(x), x)], [x])[0] as Tensor;
		const second = choose(b, [add(exp(first), exp(x))], [exp(first)])[0] as Tensor;
		const graph = await compile({ y: mul(first, first), z: mul(second, second) });
		for (const [takeA, takeB] of [
			[0, 0],
			[0, 1],
			[1, 0],
			[1, 1],
		] as const) {
			const made = await graph.run({ x: [Math.LN2], a: [takeA], b: [takeB] });
			const u = takeA ? 2 + Math.LN2 : Math.LN2;
			const v = Math.exp(u) + (takeB ? 2 : 0);
			ok(Math.abs((made["y"]?.[0] as number) - u * u) < 1e-12 && Math.abs((made["z"]?.[0] as number) - v * v) < 1e-9);
		}
	});
});

describe("graph/print", () => {
	it("prints one line a node", () => {
		const x = input("x", "float32", [2, 3]);
		const w = weight("w", "float32", [4, 3]);
		const y = silu(gemm(x, w, { transB: true }, constant([1], "float32", [1])));
		equal(
			printGraph(assemble({ y }, cpu)),
			[
				"input x [2, 3] float32",
				"weight w [4, 3] float32",
				"constant c0 [1] float32 {1}",
				"t0 = Gemm(x, w, c0) transA=0 transB=1 alpha=1",
				"y = QuickGelu(t0) alpha=1",
				"output y [2, 4] float32",
				"",
			].join("\n"),
		);
	});
});

describe("graph/shape", () => {
	it("names the op and both shapes", () => {
		const a = input("a", "float32", [2, 3]);
		let message = "";
		try {
			gemm(a, a);
		} catch (error) {
			ok(error instanceof ShapeError);
			message = error.message;
		}
		equal(message, "Gemm([2, 3] float32, [2, 3] float32): do not multiply (transA false, transB false)");
	});
});
