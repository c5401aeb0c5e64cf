import { equal, ok } from "node:assert/strict";
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

	it("looks again after a while for somebody who came late or was slow, and after extensions came or went", () => {
		const neighbours = new Neighbours();
		const minutes = (count: number) => 60_000 * count;
		for (let i = 0; i < 2; i++) neighbours.missed("go", minutes(1));
		equal(neighbours.patience("go", minutes(20)), 0);
		equal(neighbours.patience("go", minutes(21)), 1_000);
		neighbours.missed("go", minutes(22));
		equal(neighbours.patience("go", minutes(41)), 0, "one answer waited, and no more");
		neighbours.forget();
		equal(neighbours.patience("go", minutes(41)), 1_000);
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

	it("soon takes one who was met a single time for gone: it may have been the Escape key", () => {
		const neighbours = new Neighbours();
		neighbours.met("go", 80);
		for (let i = 0; i < 2; i++) {
			equal(neighbours.patience("go"), 500);
			neighbours.missed("go");
		}
		equal(neighbours.patience("go"), 0);
		neighbours.met("go", 80);
		neighbours.missed("go");
		neighbours.missed("go");
		equal(neighbours.patience("go"), 0, "once again is no more than once");
	});
});
