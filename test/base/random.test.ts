import { deepEqual, equal } from "node:assert/strict";
import { seededRandom, shuffled } from "#base/random";

describe("base/random", () => {
	it("repeats with the same seed and differs with another", () => {
		const draw = (seed: number) => Array.from({ length: 8 }, seededRandom(seed).uniform);
		deepEqual(draw(7), draw(7));
		equal(new Set([...draw(1), ...draw(2), ...draw(3)]).size, 24);
	});

	it("draws normals with mean 0 and variance 1", () => {
		const random = seededRandom(3);
		const draws = Array.from({ length: 20_000 }, random.normal);
		const mean = draws.reduce((a, b) => a + b) / draws.length;
		const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
		equal(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, true);
	});

	it("shuffles without losing an item", () => {
		const items = Array.from({ length: 50 }, (_, i) => i);
		const mixed = shuffled(items, seededRandom(1));
		deepEqual(
			[...mixed].sort((a, b) => a - b),
			items,
		);
		equal(
			mixed.some((item, i) => item !== i),
			true,
		);
	});
});
