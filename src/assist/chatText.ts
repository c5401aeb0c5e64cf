/** Tokens of an answer to text that may be shown at once: never half a character, never the beginning of a stop text. */
import type { Tokenizer } from "#text/tokenizer";

export interface ChatText {
	/** Takes a token and returns what can be shown now, often "". */
	push(id: number): string;
	/** What was held back, when no token follows. */
	end(): string;
	/** A stop text was met: nothing more will be shown. */
	readonly stopped: boolean;
}

/** A character has at most 4 bytes: more tokens without an end are broken text, to be shown as it is. */
const mostPending = 8;

export function createChatText(tokenizer: Tokenizer, stopTexts: readonly string[]): ChatText {
	let pending: number[] = [];
	let held = "";
	let begun = false;
	let stopped = false;

	const show = (text: string): string => {
		if (stopped) return "";
		held += text;
		const ends = stopTexts.map((stop) => held.indexOf(stop)).filter((at) => at >= 0);
		if (ends.length > 0) {
			stopped = true;
			return begin(held.slice(0, Math.min(...ends)));
		}
		const safe = held.length - Math.max(0, ...stopTexts.map((stop) => overlap(held, stop)));
		const shown = held.slice(0, safe);
		held = held.slice(safe);
		return begin(shown);
	};
	/** The blanks that models open their answers with are no part of them. */
	const begin = (text: string): string => {
		const shown = begun ? text : text.trimStart();
		begun ||= shown !== "";
		return shown;
	};

	return {
		push(id) {
			pending.push(id);
			const text = tokenizer.decode(pending, true);
			if (text.endsWith("\ufffd") && pending.length < mostPending) return "";
			pending = [];
			return show(text);
		},
		end() {
			const shown = show(tokenizer.decode(pending, true));
			const rest = stopped ? "" : begin(held);
			pending = [];
			held = "";
			return shown + rest;
		},
		get stopped() {
			return stopped;
		},
	};
}

/** How many characters at the end of `text` are the beginning of `stop`. */
function overlap(text: string, stop: string): number {
	let length = Math.min(text.length, stop.length - 1);
	while (length > 0 && !text.endsWith(stop.slice(0, length))) length--;
	return length;
}
