import { deepEqual, equal, ok } from "node:assert/strict";
import { openGate } from "#adapt/gate";
import { codePreset, paperPreset } from "#adapt/preset";
import { type SelectionRule, selectWindows } from "#adapt/select";
import type { SourceWindow } from "#adapt/windows";
import { seededRandom } from "#base/random";

const sourceOf = (language = "go", tokens = 100): SourceWindow => ({
	window: { tokens: new Int32Array(tokens + 1), scoreFrom: 1, bytes: 4 * tokens },
	path: "a",
	language,
	index: 0,
});

/** Shows a stream of log perplexities to a gate; says which it lets through. */
function passed(rule: SelectionRule, stream: readonly number[], language = "go"): boolean[] {
	const gate = openGate(rule);
	return stream.map((value) => {
		const test = gate.gateFor(sourceOf(language));
		ok(test !== "tooShort");
		gate.record(sourceOf(language), value);
		return value > test.min && value <= test.max;
	});
}

const share = (flags: readonly boolean[]) => flags.filter(Boolean).length / flags.length;

describe("adapt/gate", () => {
	it("is the paper's threshold and weight", () => {
		const gate = openGate(paperPreset.selection).gateFor(sourceOf());
		ok(gate !== "tooShort");
		deepEqual([gate.min, gate.max, gate.cap, gate.exponent], [3, Infinity, Infinity, 1]);
		const base = { nll: 470, tokens: 100, top1: 0 };
		const [offline] = selectWindows([{ source: sourceOf(), base }], paperPreset.selection);
		ok(offline?.kind === "selected");
		ok(Math.abs(offline.weight - Math.exp(gate.logScale + gate.exponent * 4.7)) < 1e-12);
	});

	it("holds its rate while the model gets better", () => {
		const random = seededRandom(6);
		const stream = Array.from({ length: 2_000 }, (_, i) => 3 * Math.exp(-i / 1_000) + random.uniform());
		const flags = passed(codePreset.selection, stream);
		for (const part of [0, 500, 1_500]) {
			const rate = share(flags.slice(part, part + 500));
			ok(Math.abs(rate - 0.7) < 0.06, `${part}: ${rate}`);
		}
	});

	it("learns all but noise while it knows little", () => {
		const flags = passed(codePreset.selection, [2, 3, 20, 1]);
		deepEqual(flags, [true, true, false, true]);
	});

	it("goes on from what it knew", () => {
		const first = openGate(codePreset.selection);
		for (let i = 0; i < 300; i++) first.record(sourceOf(), 1 + (i % 7) / 7);
		const again = openGate(codePreset.selection, JSON.parse(JSON.stringify(first.surprise())));
		deepEqual(again.gateFor(sourceOf()), first.gateFor(sourceOf()));
		equal(again.surprise()["go"]?.recent.length, 64);
	});

	it("names its reasons", () => {
		const gate = openGate(codePreset.selection);
		for (let i = 0; i < 100; i++) gate.record(sourceOf(), 1 + i / 100);
		const test = gate.gateFor(sourceOf());
		ok(test !== "tooShort");
		const reasons = [1.1, 2.6, 30].map((value) => gate.reasonFor(sourceOf(), test, value));
		deepEqual(reasons, ["easy", "outlier", "noise"]);
		equal(gate.gateFor(sourceOf("go", 3)), "tooShort");
	});
});
