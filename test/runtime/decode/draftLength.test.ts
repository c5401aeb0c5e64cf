import { deepEqual, equal, ok } from "node:assert/strict";
import { DraftLength } from "#runtime/decode/draftLength";

describe("runtime/decode/draftLength", () => {
	it("always checks one guess: rows come in pairs, so it costs nothing", () => {
		for (const format of ["float32", "int8", "int4"] as const) {
			const length = new DraftLength(format);
			for (let wrong = 0; wrong < 100; wrong++) length.learn(1, 1, 0);
			equal(length.choose(15, 1), 1);
			equal(length.choose(0, 1), 0);
		}
	});

	it("checks more where more agreed, and never more than fit into a run", () => {
		const chosen = [1, 3, 5, 12].map((agreed) => new DraftLength("int8").choose(100, agreed));
		deepEqual(
			chosen.toSorted((a, b) => a - b),
			chosen,
		);
		ok((chosen[0] as number) < (chosen[3] as number) && (chosen[3] as number) <= 15, `${chosen}`);
		equal(new DraftLength("int8").choose(4, 12), 4);
	});

	it("checks less after guesses that were wrong, and less in formats where a row costs more", () => {
		const length = new DraftLength("float32");
		const before = length.choose(15, 5);
		for (let i = 0; i < 20; i++) length.learn(5, 5, 1);
		ok(length.choose(15, 5) < before);
		ok(new DraftLength("int4").choose(15, 5) < new DraftLength("float32").choose(15, 5));
	});
});
