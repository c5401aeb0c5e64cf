import { deepEqual } from "node:assert/strict";
import { follow } from "#editor/follow";

describe("editor/follow", () => {
	it("tells typing along from typing past, and from taking", () => {
		deepEqual(follow("price * count;", "p"), { kind: "follows", rest: "rice * count;" });
		deepEqual(follow("price * count;", "price "), { kind: "follows", rest: "* count;" });
		deepEqual(follow("call(a)", "call(a)"), { kind: "taken" });
		deepEqual(follow("th", "length"), { kind: "taken" });
		deepEqual(follow("price", "c"), { kind: "passed" });
		deepEqual(follow("price", ""), { kind: "passed" });
	});

	it("knows that editors close what is opened", () => {
		deepEqual(follow("(a, b)", "()"), { kind: "follows", rest: "a, b)" });
		deepEqual(follow("a, b)", "()"), { kind: "passed" });
	});
});
