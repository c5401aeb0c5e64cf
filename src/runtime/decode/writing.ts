import type { DecodedToken, DecodeRequest } from "#assist/decoder";
import type { Sampler } from "#assist/sampling";
import type { WeightFormat } from "#models/decodeGraph";
import { Drafter } from "#text/draft";
import type { Predictions } from "./decodeSession.ts";
import { DraftLength } from "./draftLength.ts";

/** One answer in the making: draws tokens, drafts the next ones, checks drafts. */
export class Writing {
	ended = false;
	readonly #sampler: Sampler;
	readonly #drafter: Drafter | undefined;
	readonly #stop: ReadonlySet<number>;
	/** Tokens that prompt and answer may still grow by. */
	#room: number;
	#left: number;
	#last = -1;
	#draft: readonly number[] = [];
	#agreed = 0;
	readonly #length: DraftLength;
	#started = false;

	constructor(request: DecodeRequest, sampler: Sampler, context: number, format: WeightFormat) {
		this.#length = new DraftLength(format);
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
		if (draft.length > 0) this.#length.learn(this.#agreed, draft.length, right);
		this.#started = true;
		return { tokens, kept };
	}

	/** What the next run reads: the last token and a draft of what follows it, `rows` at most. */
	next(rows: number): readonly number[] {
		const most = Math.min(this.#left - 1, this.#room - 1, rows - 1);
		const { ids, agreed } = this.#drafter?.propose(most) ?? { ids: [], agreed: 0 };
		this.#agreed = agreed;
		this.#draft = ids.slice(0, this.#length.choose(ids.length, agreed));
		return [this.#last, ...this.#draft];
	}

	#observe(id: number): void {
		this.#sampler.observe(id);
		this.#drafter?.push(id);
	}
}
