import { equal, ok } from "node:assert/strict";
import { delayFor, noRhythm, withKey } from "#base/rhythm";

describe("base/rhythm", () => {
	it("learns the rhythm of bursts, not of pauses", () => {
		let rhythm = noRhythm;
		let now = 0;
		for (let i = 0; i < 40; i++) {
			now += i % 10 === 9 ? 5000 : 80;
			rhythm = withKey(rhythm, now);
		}
		ok(Math.abs(rhythm.interval - 80) < 5, `${rhythm.interval}`);
		equal(withKey(rhythm, now - 1000).interval, rhythm.interval, "a clock that went back");
	});

	it("waits little where answers come between keys, and most of a gap where they cannot", () => {
		const rhythm = { lastKey: 0, interval: 200 };
		equal(delayFor(rhythm, 40), 10);
		equal(delayFor(rhythm, 400), 160);
		equal(delayFor({ ...rhythm, interval: 900 }, 4000), 250);
	});
});
