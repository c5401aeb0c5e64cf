import { ok } from "node:assert/strict";
import { examLevel } from "#adapt/keepExam";
import { changeOf } from "#adapt/metrics";
import { seededRandom } from "#base/random";

describe("adapt/keepExam", () => {
	it("errs in 5 % of cases over all exams together", () => {
		const errors = Array.from({ length: 10_000 }, (_, i) => 1 - examLevel(i + 1));
		const all = errors.reduce((sum, error) => sum + error, 0);
		ok(all < 0.05 && all > 0.0499, String(all));
	});

	it("is hardly ever passed by noise, however often it is taken, where one level for all often is", () => {
		const passedOnce = (level: (attempt: number) => number): number => {
			const random = seededRandom(5);
			let passed = 0;
			for (let trial = 0; trial < trials; trial++) {
				const noise = () => ({ before: 1, after: 1 + 0.1 * random.normal(), weight: 1 });
				const exam = (_: unknown, i: number) =>
					changeOf(Array.from({ length: 8 }, noise), trial, level(i + 1)).high < 0;
				if (Array.from({ length: 12 }, exam).some(Boolean)) passed++;
			}
			return passed / trials;
		};
		const trials = 40;
		const [spent, same] = [passedOnce(examLevel), passedOnce(() => 0.95)];
		ok(spent <= 0.07 && same >= 0.12, `${spent} and ${same}`);
	});
});
