import { deepEqual } from "node:assert/strict";
import { SendWindow } from "#protocol/sendWindow";

const most = 32;

/** Enters `count` times; what is let through is noted in order. */
function enterAll(window: SendWindow, count: number, passed: number[], from = 0): void {
	for (let i = from; i < from + count; i++) void window.enter().then(() => passed.push(i));
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const settled = () => new Promise(setImmediate);

describe("protocol/sendWindow", () => {
	it("lets as many pass as may be on their way, and the next in order as others are taken", async () => {
		const [window, passed] = [new SendWindow(), [] as number[]];
		enterAll(window, 60, passed);
		await settled();
		deepEqual(passed, upTo(most));
		window.taken(8);
		enterAll(window, 5, passed, 60);
		await settled();
		deepEqual(passed, upTo(most + 8), "nobody overtakes who waits");
		for (let i = 0; i < 8; i++) window.taken(8);
		await settled();
		deepEqual(passed, upTo(65));
	});

	it("holds nobody back where nobody listens any more", async () => {
		const [window, passed] = [new SendWindow(), [] as number[]];
		enterAll(window, 50, passed);
		window.open();
		enterAll(window, 50, passed, 50);
		await settled();
		deepEqual(passed, upTo(100));
	});
});
