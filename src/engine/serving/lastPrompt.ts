/** What the model was shown last, kept in this process's memory alone, so that its user can look at it. */
import type { DecodeRequest, Decoder } from "#assist/decoder";
import { type Clock, systemClock } from "#base/clock";
import type { ShownPrompt } from "#protocol/serving";
import type { TemplateTokenizer } from "#text/tokenizer";

export class LastPrompt {
	readonly #tokenizer: TemplateTokenizer;
	readonly #clock: Clock;
	#last: { readonly request: DecodeRequest; readonly seconds: number } | undefined;

	constructor(tokenizer: TemplateTokenizer, clock: Clock = systemClock) {
		this.#tokenizer = tokenizer;
		this.#clock = clock;
	}

	/** The same decoder; what it is asked is remembered. */
	noting(decoder: Decoder): Decoder {
		return {
			context: decoder.context,
			decode: (request, cancel) => {
				this.#last = { request, seconds: this.#clock.seconds() };
				return decoder.decode(request, cancel);
			},
		};
	}

	/** Null before the first. */
	show(): ShownPrompt | null {
		if (this.#last === undefined) return null;
		const { request, seconds } = this.#last;
		return {
			text: spell(request.prompt, this.#tokenizer),
			...{ tokens: request.prompt.length, purpose: request.sequence, secondsAgo: this.#clock.seconds() - seconds },
		};
	}
}

/** Text of ids, control tokens as they are spelled. */
export function spell(ids: Int32Array, tokenizer: TemplateTokenizer): string {
	const spellings = new Map([...tokenizer.controls].map(([text, id]) => [id, text]));
	let text = "";
	let start = 0;
	for (let at = 0; at <= ids.length; at++) {
		const control = at < ids.length ? spellings.get(ids[at] as number) : "";
		if (control === undefined) continue;
		text += tokenizer.decode(ids.subarray(start, at), start > 0) + control;
		start = at + 1;
	}
	return text;
}
