import { equal, ok } from "node:assert/strict";
import { delayFor, noRhythm, withKey, withWork } from "#base/rhythm";

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

	it("learns what the model works on a request", () => {
		let rhythm = noRhythm;
		for (let i = 0; i < 40; i++) rhythm = withWork(rhythm, i % 2 === 0 ? 20 : 40);
		ok(Math.abs(rhythm.work - 30) < 5, `${rhythm.work}`);
		equal(rhythm.interval, noRhythm.interval);
	});

	it("asks at once where the model is busy for less than half of the time, and waits most of a gap where it is not", () => {
		const rhythm = { lastKey: 0, interval: 200 };
		equal(delayFor({ ...rhythm, work: 99 }), 0);
		equal(delayFor({ ...rhythm, work: 100 }), 160);
		equal(delayFor({ lastKey: 0, interval: 900, work: 4000 }), 250);
	});
});
