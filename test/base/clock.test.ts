import { ok } from "node:assert/strict";
import { systemClock } from "#base/clock";

describe("base/clock", () => {
	it("counts seconds that never go back, and milliseconds of today", () => {
		const first = systemClock.seconds();
		for (let i = 0; i < 1000; i++) ok(systemClock.seconds() >= first);
		ok(Math.abs(systemClock.now() - Date.now()) < 1000);
	});
});
