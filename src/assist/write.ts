import type { CancelToken } from "#base/cancel";
import type { Clock } from "#base/clock";
import { AttuneError } from "#base/errors";
import type { Tokenizer } from "#text/tokenizer";
import { confidenceOf } from "./confidence.ts";
import type { Decoder, Sampling } from "./decoder.ts";
import { tokenBudget } from "./extent/extent.ts";
import { cutToExtent } from "./extent/stop.ts";
import { isBlank } from "./place.ts";
import type { Prompt } from "./prompt/build.ts";
import type { Prepared } from "./situation.ts";
import { circlesInLine } from "./trim/repetition.ts";

/** What the model wrote, as it is. */
export interface Written {
	readonly text: string;
	readonly logProbabilities: readonly number[];
	/** The deadline came before it ended; `text` is whole lines then. */
	readonly late: boolean;
	/** Milliseconds until the first token, and after it. */
	readonly milliseconds: { readonly prompt: number; readonly decode: number };
}

export interface WriteOptions {
	readonly sampling: Sampling;
	/** Names what the decoder keeps between requests. */
	readonly sequence: string;
	readonly drafts: readonly Int32Array[];
	/** Confidence below which it is given up as soon as that is certain, or nearly so. */
	readonly threshold: number;
	/** Seconds on the clock after which nothing more is waited for; undefined: as long as it takes. */
	readonly until: number | undefined;
	/** Seconds on the clock after which the end of a line is the end; undefined: never. */
	readonly enough: number | undefined;
}

/** Tokens until the extent is full, the model ends, or the time is up. "cancelled" is a value here: undefined. */
export async function write(
	prepared: Prepared,
	prompt: Prompt,
	ports: { readonly decoder: Decoder; readonly tokenizer: Tokenizer; readonly clock: Clock },
	{ sampling, sequence, drafts, threshold, until, enough }: WriteOptions,
	cancel: CancelToken,
): Promise<Written | undefined> {
	const { decoder, tokenizer, clock } = ports;
	const { place, extent, invoked } = prepared;
	const maxTokens = Math.min(tokenBudget(extent, invoked), decoder.context - prompt.tokens.length);
	const request = { prompt: prompt.tokens, maxTokens, sampling, stop: prompt.stop, sequence, drafts };
	const started = clock.seconds();
	const ids: number[] = [];
	const logProbabilities: number[] = [];
	let first = started;
	let late = false;
	let wholeLines = false;
	const timeIsUp = (): boolean => until !== undefined && clock.seconds() > until;
	// A long prompt may take all the time there is. What was read of it is kept for the next request.
	const patience: CancelToken = {
		get cancelled() {
			return cancel.cancelled || (ids.length === 0 && timeIsUp());
		},
	};
	try {
		for await (const { id, logProbability } of decoder.decode(request, patience)) {
			if (ids.length === 0) first = clock.seconds();
			ids.push(id);
			logProbabilities.push(logProbability);
			const text = withoutOpeningBlanks(tokenizer.decode(ids, true), prepared);
			if (cutToExtent(text, extent, place, false, invoked).done) break;
			if (isHopeless(logProbabilities, threshold) || circlesInLine(text)) break;
			late = timeIsUp();
			wholeLines = late || (enough !== undefined && clock.seconds() > enough && endsLine(text));
			if (wholeLines) break;
		}
	} catch (error) {
		if (!(error instanceof AttuneError && error.code === "cancelled")) throw error;
		if (cancel.cancelled || !timeIsUp()) return undefined;
		late = true;
		wholeLines = true;
	}
	if (cancel.cancelled) return undefined;
	const text = tokenizer.decode(ids, true);
	const ended = clock.seconds();
	const milliseconds = { prompt: 1000 * (first - started), decode: 1000 * (ended - first) };
	return {
		text: wholeLines ? text.slice(0, Math.max(0, text.lastIndexOf("\n"))) : text,
		logProbabilities,
		late,
		milliseconds,
	};
}

/** Whether the next line has begun, with blanks at most. */
function endsLine(text: string): boolean {
	return /\S[^\n]*\n\s*$/.test(text);
}

/** Tokens after which doubt counts though what is still to come might lift it. */
const patientTokens = 4;

/** Whether the confidence in all of it will not reach `threshold`, judged by its beginning: writing on would only cost time. */
function isHopeless(logProbabilities: readonly number[], threshold: number): boolean {
	const { firstProbability, value } = confidenceOf(logProbabilities);
	return Math.sqrt(firstProbability) < threshold || (logProbabilities.length >= patientTokens && value < threshold / 2);
}

/** The trim rules drop blank lines before the first text where the cursor's line is blank: so they do not fill the extent. */
function withoutOpeningBlanks(text: string, { place }: Prepared): string {
	return isBlank(place.linePrefix) ? text.replace(/^([ \t]*\n)+/, "") : text;
}
