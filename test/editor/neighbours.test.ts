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
