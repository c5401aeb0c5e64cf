/** How the next token is drawn from logits: pure, so that the same seed draws the same text everywhere. */
import { seededRandom } from "#base/random";
import type { Sampling } from "./decoder.ts";

/** Draws the tokens of one text, one after another. */
export interface Sampler {
	/** The next id for `logits` [V], which are left alone. */
	pick(logits: Float32Array): number;
	/** Tells of a token that is part of the text: of the prompt, or one drawn and kept. */
	observe(id: number): void;
}

/** A token that may be drawn, with its share of what is left. */
interface Candidate {
	readonly id: number;
	/** Not normalised: the most likely one has 1. */
	readonly share: number;
}

export function createSampler(sampling: Sampling): Sampler {
	const random = seededRandom(sampling.seed);
	const seen = new Set<number>();
	/** Undefined while the prompt is told of. */
	let written: number[] | undefined;
	return {
		pick(logits) {
			written ??= [];
			const penalties = penalised(logits, seen, sampling.repetitionPenalty);
			const scores = without(penalties, repeating(written, sampling.noRepeatNgram));
			if (sampling.temperature === 0) return argmax(scores);
			return draw(candidates(scores, sampling), random.uniform());
		},
		observe(id) {
			seen.add(id);
			written?.push(id);
		},
	};
}

/** The ids that would end a run of `size` tokens which `written` has already. */
function repeating(written: readonly number[], size = 0): ReadonlySet<number> {
	const found = new Set<number>();
	if (size === 0) return found;
	const last = written.length - (size - 1);
	for (let at = 0; at < last; at++) {
		const same = written.slice(at, at + size - 1).every((id, i) => id === written[last + i]);
		if (same) found.add(written[at + size - 1] as number);
	}
	return found;
}

function without(logits: Float32Array, ids: ReadonlySet<number>): Float32Array {
	if (ids.size === 0) return logits;
	return logits.map((logit, id) => (ids.has(id) ? Number.NEGATIVE_INFINITY : logit));
}

/** The most likely id; the lower one of equals. */
export function argmax(logits: Float32Array): number {
	let best = 0;
	let most = logits[0] as number;
	for (let i = 1; i < logits.length; i++) {
		const value = logits[i] as number;
		if (value > most) {
			most = value;
			best = i;
		}
	}
	return best;
}

/**
 * What may be drawn from `logits` [V], most likely first where a filter needs an order, else by id. Filters apply one after
 * another as in transformers, each to what the ones before left: temperature, top-k, top-p, min-p.
 */
export function candidates(logits: Float32Array, { temperature, topK, topP, minP }: Sampling): readonly Candidate[] {
	const most = logits[argmax(logits)] as number;
	const shares = Float64Array.from(logits, (logit) => Math.exp((logit - most) / temperature));
	const limited = topK > 0 && topK < shares.length;
	// Tokens less likely than this hold less than 1 - topP together: a large vocabulary need not be sorted. Top-k may leave so few
	// that even an unlikely token belongs to their top-p.
	const all = shares.reduce((a, b) => a + b, 0);
	const floor = limited ? 0 : ((1 - topP) * all) / shares.length;
	let left: Candidate[] = [];
	for (const [id, share] of shares.entries()) if (share > 0 && share >= floor) left.push({ id, share });
	// Ids ascend already and sorting is stable: of equals the lower id comes first.
	if (limited || topP < 1) left.sort((a, b) => b.share - a.share);
	if (limited) left = left.slice(0, topK);
	if (topP < 1) left = left.slice(0, nucleus(left, topP * (limited ? sumOf(left) : all)));
	return minP > 0 ? left.filter(({ share }) => share >= minP) : left;
}

/** CTRL's rule (arXiv 1909.05858): what is there already becomes less likely whatever the sign of its logit. */
function penalised(logits: Float32Array, seen: ReadonlySet<number>, penalty: number): Float32Array {
	if (penalty === 1) return logits;
	const result = logits.slice();
	for (const id of seen) {
		const logit = result[id];
		if (logit !== undefined) result[id] = logit > 0 ? logit / penalty : logit * penalty;
	}
	return result;
}

/** How many of the first of `ordered` it takes to hold `wanted`: at least one. */
function nucleus(ordered: readonly Candidate[], wanted: number): number {
	let held = 0;
	let count = 0;
	while (count < ordered.length && (count === 0 || held < wanted)) held += (ordered[count++] as Candidate).share;
	return count;
}

function sumOf(shares: readonly Candidate[]): number {
	return shares.reduce((sum, { share }) => sum + share, 0);
}

/** The candidate at the place `uniform` of [0, 1) in their sum. */
function draw(from: readonly Candidate[], uniform: number): number {
	let rest = uniform * sumOf(from);
	for (const { id, share } of from) {
		rest -= share;
		if (rest < 0) return id;
	}
	// Rounding may leave a grain at the end.
	return (from.at(-1) as Candidate).id;
}
