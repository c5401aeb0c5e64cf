import type { TokenWindow } from "./learner.ts";
import { meanNll, type WindowSum } from "./select.ts";

/** Nats per token of the guard text: by the base model, and by how often each token occurs in it. */
export interface TokenizerDoubt {
	readonly model: number;
	readonly frequencies: number;
}

/**
 * Whether the base predicts the guard text no better than that text's own frequencies do, which use no context at all. A trained model
 * does so where its ids are another tokenizer's, and by no means always worse than chance: shuffled ids cost the shipped one 8.3 to
 * 10.1 nats of a uniform 9.7, its own 4.6, the frequencies 7.0. A model that was never trained does so too, so this is a doubt and no refusal.
 */
export function tokenizerDoubt(guard: readonly TokenWindow[], base: WindowSum): TokenizerDoubt | undefined {
	const doubt = { model: meanNll(base), frequencies: entropyOf(guard) };
	return doubt.model > doubt.frequencies ? doubt : undefined;
}

/** Of the tokens that are scored, taken one by one. */
function entropyOf(windows: readonly TokenWindow[]): number {
	const counts = new Map<number, number>();
	let total = 0;
	for (const { tokens, scoreFrom } of windows)
		for (const id of tokens.subarray(scoreFrom)) {
			counts.set(id, (counts.get(id) ?? 0) + 1);
			total++;
		}
	return [...counts.values()].reduce((sum, count) => sum - (count / total) * Math.log(count / total), 0);
}
