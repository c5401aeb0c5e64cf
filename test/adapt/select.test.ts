import { deepEqual, equal, ok } from "node:assert/strict";
import { codePreset, paperPreset } from "#adapt/preset";
import { type BandRule, type ScoredWindow, type Selection, selectWindows } from "#adapt/select";

/** A window of `tokens` tokens and twice as many bytes at this log perplexity. */
function windowOf(logPerplexity: number, language = "typescript", tokens = 100): ScoredWindow {
	const window = { tokens: new Int32Array(tokens + 1), scoreFrom: 1, bytes: tokens * 4 };
	return {
		source: { window, path: "a", language, index: 0 },
		base: { nll: logPerplexity * tokens, tokens, top1: 0 },
	};
}

const outcome = (selection: Selection) => (selection.kind === "selected" ? "selected" : selection.reason);
const band = codePreset.selection as BandRule;

describe("adapt/select", () => {
	it("weighs as the paper: lambda * P / P0 above P0, nothing at or below", () => {
		const selections = selectWindows(
			[2.9, 3, 3.5, 5, 7].map((p) => windowOf(p)),
			paperPreset.selection,
		);
		deepEqual(selections.map(outcome), ["belowThreshold", "belowThreshold", "selected", "selected", "selected"]);
		const weights = selections.flatMap((s) => (s.kind === "selected" ? [s.weight.toFixed(4)] : []));
		deepEqual(
			weights,
			[0.5, 2, 4].map((above) => (0.1 * Math.exp(above)).toFixed(4)),
		);
		ok(paperPreset.selection.kind === "paper");
		const [perplexity] = selectWindows([windowOf(4)], { ...paperPreset.selection, objective: "perplexity" });
		// S * P has the gradient S * P * d(log P): lambda * P^2 / P0.
		ok(perplexity?.kind === "selected" && Math.abs(perplexity.weight - 0.1 * Math.exp(8 - 3)) < 1e-9);
	});

	it("takes the same share of each language, however surprising it is to the model", () => {
		const easy = Array.from({ length: 200 }, (_, i) => windowOf(0.5 + i / 1_000, "typescript"));
		const hard = Array.from({ length: 100 }, (_, i) => windowOf(2 + i / 100, "haskell"));
		const selections = selectWindows([...easy, ...hard], band);
		const share = (part: readonly Selection[]) => part.filter(({ kind }) => kind === "selected").length / part.length;
		ok(Math.abs(share(selections.slice(0, 200)) - 0.67) < 0.02);
		ok(Math.abs(share(selections.slice(200)) - 0.67) < 0.02);
		equal(outcome(selections[0] as Selection), "easy");
		equal(outcome(selections[199] as Selection), "outlier");
	});

	it("takes languages with few windows together", () => {
		const windows = ["a", "b", "c", "d"].flatMap((language, l) =>
			Array.from({ length: 10 }, (_, i) => windowOf(1 + l + i / 100, language)),
		);
		const selections = selectWindows(windows, band);
		ok(selections.slice(0, 10).every((selection) => outcome(selection) === "easy"));
		ok(selections.slice(20, 30).every((selection) => outcome(selection) === "selected"));
	});

	it("leaves out what is too short and what is noise before it draws the band", () => {
		const windows = Array.from({ length: 50 }, (_, i) => windowOf(1 + i / 100));
		const noisy = windowOf(14.5);
		const selections = selectWindows([...windows, noisy, windowOf(1.2, "typescript", 15)], band);
		deepEqual(selections.slice(50).map(outcome), ["noise", "tooShort"]);
		deepEqual(selections.slice(0, 50), selectWindows(windows, band));
	});

	it("caps weights and scales them to a mean of 1", () => {
		const windows = Array.from({ length: 101 }, (_, i) => windowOf(1 + i / 25));
		const weights = selectWindows(windows, band).flatMap((s) => (s.kind === "selected" ? [s.weight] : []));
		ok(Math.abs(weights.reduce((a, b) => a + b) / weights.length - 1) < 1e-9);
		equal(Math.max(...weights), weights.at(-1));
		equal(weights.at(-1), weights.at(-20));
		ok((weights[0] as number) < (weights[20] as number));
	});
});
