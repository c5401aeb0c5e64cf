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
	const result = logits.slice();
	for (const id of ids) result[id] = Number.NEGATIVE_INFINITY;
	return result;
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

/** Of a token's logit; the most likely one has 1. */
type Share = (logit: number) => number;

/**
 * What may be drawn from `logits` [V], most likely first where a filter needs an order, else by id. Filters apply one after
 * another as in transformers, each to what the ones before left: temperature, top-k, top-p, min-p. Of equals the lower id is first.
 */
export function candidates(logits: Float32Array, { temperature, topK, topP, minP }: Sampling): readonly Candidate[] {
	const most = logits[argmax(logits)] as number;
	const share: Share = (logit) => Math.exp((logit - most) / temperature);
	if (topK > 0 && topK < logits.length) {
		const left = mostLikely(logits, share, topK, 0);
		const held = topP < 1 ? left.slice(0, nucleus(left, topP * sumOf(left))) : left;
		return held.filter((each) => each.share >= minP);
	}
	return topP < 1 ? inNucleus(logits, share, topP, minP) : atLeast(logits, share, minP);
}

/** The most likely that hold `topP` of all, without those below `minP`. */
function inNucleus(logits: Float32Array, share: Share, topP: number, minP: number): readonly Candidate[] {
	let all = 0;
	for (let id = 0; id < logits.length; id++) all += share(logits[id] as number);
	// Tokens less likely than this hold less than 1 - topP together.
	const floor = Math.max(minP, ((1 - topP) * all) / logits.length);
	// Most often a few hold enough, and the others need no order.
	for (let count = 64; ; count *= 8) {
		const first = mostLikely(logits, share, count, floor);
		const size = nucleus(first, topP * all);
		if (size < first.length || first.length < count) return first.slice(0, size);
	}
}

function atLeast(logits: Float32Array, shareOf: Share, floor: number): readonly Candidate[] {
	const left: Candidate[] = [];
	for (let id = 0; id < logits.length; id++) {
		const share = shareOf(logits[id] as number);
		if (share > 0 && share >= floor) left.push({ id, share });
	}
	return left;
}

/** The `count` most likely of share `floor` and more, in order: gathered until there are twice as many, then halved. */
function mostLikely(logits: Float32Array, shareOf: Share, count: number, floor: number): Candidate[] {
	let kept: Candidate[] = [];
	/** Logit and share of the last one after halving: who comes later has to have more. */
	let [logitBound, shareBound] = [Number.NEGATIVE_INFINITY, 0];
	for (let id = 0; id < logits.length; id++) {
		const logit = logits[id] as number;
		// Spares the exponential: no smaller logit has a larger share.
		if (!(logit > logitBound)) continue;
		const share = shareOf(logit);
		if (!(share > shareBound && share >= floor)) continue;
		kept.push({ id, share });
		if (kept.length < 2 * count) continue;
		kept = inOrder(kept, count);
		const last = kept.at(-1) as Candidate;
		[logitBound, shareBound] = [logits[last.id] as number, last.share];
	}
	return inOrder(kept, count);
}

/** The first `count`. Ids of equal shares ascend already, and sorting is stable. */
function inOrder(from: readonly Candidate[], count: number): Candidate[] {
	return from.toSorted((a, b) => b.share - a.share).slice(0, count);
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
