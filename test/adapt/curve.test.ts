import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { Evaluation } from "#adapt/checkpoint";
import { mostPoints, withLoss } from "#adapt/curve";

function curveOf(losses: readonly number[]): readonly Evaluation[] {
	return losses.reduce<readonly Evaluation[]>((points, loss, i) => withLoss(points, i + 1, loss), []);
}

describe("adapt/curve", () => {
	it("keeps every step of a short run", () => {
		deepEqual(curveOf([3, 2, 1]), [
			{ step: 1, loss: 3 },
			{ step: 2, loss: 2 },
			{ step: 3, loss: 1 },
		]);
	});

	it("stays short, in order, and its points are the means of the steps they stand for", () => {
		fc.assert(
			fc.property(
				fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 1, maxLength: 1500 }),
				(losses) => {
					const points = curveOf(losses);
					ok(points.length <= mostPoints);
					equal(points.at(-1)?.step, losses.length);
					let from = 0;
					for (const { step, loss } of points) {
						const part = losses.slice(from, step);
						ok(part.length > 0);
						ok(Math.abs(loss - part.reduce((sum, one) => sum + one, 0) / part.length) < 1e-9);
						from = step;
					}
				},
			),
			{ numRuns: 60 },
		);
	});

	it("goes on from a curve that was kept as if it had never stopped", () => {
		const losses = Array.from({ length: 700 }, (_, i) => 5 / (1 + i));
		for (const cut of [1, 255, 256, 257, 300, 513]) {
			const kept: Evaluation[] = JSON.parse(JSON.stringify(curveOf(losses.slice(0, cut))));
			const resumed = losses
				.slice(cut)
				.reduce<readonly Evaluation[]>((points, loss, i) => withLoss(points, cut + i + 1, loss), kept);
			deepEqual(resumed, curveOf(losses));
		}
	});
});
