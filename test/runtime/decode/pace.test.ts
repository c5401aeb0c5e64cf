import { equal } from "node:assert/strict";
import { Pace } from "#runtime/decode/pace";

/** Sections that take 3 ms each for 64 rows, in a model of six whose token takes `token` ms. */
function known(token: number): Pace {
	const pace = new Pace(6);
	pace.took(token, 1, 6);
	pace.took(18, 64, 6);
	return pace;
}

describe("runtime/decode/pace", () => {
	it("begins with one section, of which nothing is known", () => {
		equal(new Pace(6).sections(64), 1);
		equal(new Pace(6).sections(1), 6);
		equal(new Pace(0).sections(64), 1);
	});

	it("lets as many sections go at once as take no longer than a token", () => {
		equal(known(4).sections(64), 1);
		equal(known(7).sections(64), 2);
		equal(known(12).sections(64), 4);
		equal(known(40).sections(64), 6);
	});

	it("begins a run anew for no less than 4 ms, however short a token", () => {
		const pace = new Pace(6);
		pace.took(0.6, 1, 6);
		pace.took(6, 64, 6);
		equal(pace.sections(64), 4);
	});

	it("lets more go where there are few rows", () => {
		equal(known(6).sections(64), 2);
		equal(known(6).sections(20), 3);
		equal(known(6).sections(4), 5);
		equal(known(6).sections(1), 6);
	});

	it("goes by what runs took last: a longer text, a busier machine", () => {
		const pace = known(12);
		for (let run = 0; run < 8; run++) pace.took(72, 64, 6);
		equal(pace.sections(64), 1);
		for (let run = 0; run < 8; run++) {
			pace.took(37, 1, 6);
			pace.took(72, 64, 6);
		}
		equal(pace.sections(64), 3);
	});
});
