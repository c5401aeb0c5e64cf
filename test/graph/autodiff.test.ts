import { deepEqual, throws } from "node:assert/strict";
import { gradients } from "#graph/autodiff";
import { applyOp, at, type Op, only } from "#graph/op";
import { add, mul } from "#graph/ops/elementwise";
import { input, type Tensor, weight } from "#graph/tensor";

const shape = [2, 3];
const x = input("x", "float32", shape);
const trained = input("trained", "float32", shape);
const frozen = weight("frozen", "float32", shape);
const seed = input("seed", "float32", shape);

/** left * right, whose gradient of the right input nobody may ask for. It is in no registry: other tests enumerate that. */
const guarded: Op = {
	name: "Guarded",
	infer: ([left]) => [at([left as Tensor], 0)],
	gradient: ({ inputs, cotangent }) => [
		() => mul(cotangent, at(inputs, 1)),
		() => {
			throw new Error("the gradient of a frozen input was built");
		},
	],
	expand: ([left, right]) => [mul(left as Tensor, right as Tensor)],
};
const product = (left: Tensor, right: Tensor): Tensor => only(applyOp(guarded, [left, right], {}));

describe("graph/autodiff", () => {
	it("never builds the gradient of a frozen weight, nor of what is computed from frozen ones alone", () => {
		for (const right of [frozen, add(frozen, frozen), mul(x, frozen)]) {
			const [gradient] = gradients(product(trained, right), seed, [trained]);
			deepEqual(gradient?.shape, shape);
		}
	});

	it("builds it when somebody asks", () => {
		const asked = [
			() => gradients(product(trained, frozen), seed, [frozen]),
			() => gradients(product(x, trained), seed, [trained]),
		];
		for (const ask of asked) throws(ask, /of a frozen input was built/);
	});

	it("asks no rule where no path leads to what is wanted, and gives zeros", () => {
		const never: Op = {
			...guarded,
			gradient: () => {
				throw new Error("a rule was asked");
			},
		};
		const [gradient] = gradients(only(applyOp(never, [x, frozen], {})), seed, [trained]);
		deepEqual(gradient?.shape, shape);
	});
});
