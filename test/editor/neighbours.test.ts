import { deepEqual, equal, ok } from "node:assert/strict";
import { Neighbours } from "#editor/neighbours";

describe("editor/neighbours", () => {
	it("waits for others at first, and no longer once nobody came", () => {
		const neighbours = new Neighbours();
		for (let i = 0; i < 2; i++) {
			equal(neighbours.patience("go"), 1_000);
			neighbours.missed("go");
		}
		equal(neighbours.patience("go"), 0);
		equal(neighbours.patience("python"), 1_000, "another language is another matter");
	});

	it("looks again now and then for somebody who came late or was slow, and after extensions came or went", () => {
		const neighbours = new Neighbours();
		const waited = Array.from({ length: 120 }, () => {
			const patience = neighbours.patience("go");
			neighbours.missed("go");
			return patience > 0;
		});
		deepEqual(
			[...waited.entries()].flatMap(([i, was]) => (was ? [i] : [])),
			[0, 1, 50, 100],
		);
		neighbours.forget();
		equal(neighbours.patience("go"), 1_000);
	});

	it("gives somebody who was met the time that they take, within bounds, until they stay away", () => {
		const neighbours = new Neighbours();
		neighbours.met("go", 800);
		equal(neighbours.patience("go"), 1_200);
		neighbours.met("go", 10);
		equal(neighbours.patience("go"), 500);
		neighbours.met("go", 60_000);
		equal(neighbours.patience("go"), 2_000);
		for (let i = 0; i < 10; i++) {
			ok(neighbours.patience("go") > 0);
			neighbours.missed("go");
		}
		equal(neighbours.patience("go"), 0);
		neighbours.met("go", 800);
		equal(neighbours.patience("go"), 1_200);
	});
});
