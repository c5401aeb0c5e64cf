import type { DecodedToken, DecodeRequest } from "#assist/decoder";
import type { Sampler } from "#assist/sampling";
import { Drafter } from "#text/draft";
import type { Predictions } from "./decodeSession.ts";

/** Drafted tokens checked at once: few at first, more while they are right. */
const leastDrafted = 4;
const mostDrafted = 16;

/** One answer in the making: draws tokens, drafts the next ones, checks drafts. */
export class Writing {
	ended = false;
	/** Rows of the last run that were read in vain. */
	dropped = 0;
	readonly #sampler: Sampler;
	readonly #drafter: Drafter | undefined;
	readonly #stop: ReadonlySet<number>;
	/** Tokens that prompt and answer may still grow by. */
	#room: number;
	#left: number;
	#last = -1;
	#draft: readonly number[] = [];
	#width = leastDrafted;
	#started = false;

	constructor(request: DecodeRequest, sampler: Sampler, context: number) {
		this.#sampler = sampler;
		this.#stop = new Set(request.stop);
		this.#room = context - request.prompt.length;
		this.#left = request.maxTokens;
		this.#drafter = request.drafts === undefined ? undefined : new Drafter(request.drafts);
		for (const id of request.prompt) this.#observe(id);
		if (this.#left <= 0) this.ended = true;
	}

	/**
	 * Draws from the predictions of a run: one token for its last right row, and one for each draft before it that turned out right.
	 * `kept` are the rows of the run that belong to the text now; of the prompt's run they are not asked for.
	 */
	take({ logits, normalisers }: Predictions, vocabulary: number): { tokens: DecodedToken[]; kept: number[] } {
		const tokens: DecodedToken[] = [];
		const kept = this.#started ? [this.#last] : [];
		const draft = this.#draft;
		let right = 0;
		for (let row = 0; row <= draft.length && !this.ended; row++) {
			const scores = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
			const id = this.#sampler.pick(scores);
			if (this.#stop.has(id)) {
				this.ended = true;
				break;
			}
			tokens.push({ id, logProbability: (scores[id] as number) - (normalisers[row] as number) });
			this.#observe(id);
			this.#last = id;
			if (--this.#left === 0 || --this.#room === 0) this.ended = true;
			if (id !== draft[row]) break;
			right++;
			kept.push(id);
		}
		this.dropped = this.#started ? 1 + draft.length - kept.length : 0;
		if (draft.length > 0) this.#width = right === draft.length ? Math.min(mostDrafted, 2 * this.#width) : leastDrafted;
		this.#started = true;
		return { tokens, kept };
	}

	/** What the next run reads: the last token and a draft of what follows it. */
	next(): readonly number[] {
		const most = Math.min(this.#width, this.#left - 1, this.#room - 1);
		this.#draft = this.#drafter?.propose(most) ?? [];
		return [this.#last, ...this.#draft];
	}

	#observe(id: number): void {
		this.#sampler.observe(id);
		this.#drafter?.push(id);
	}
}
