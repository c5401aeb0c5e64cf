import { hashString, type Random, seededRandom } from "#base/random";
import {
	detectInfillFormat,
	type InfillFormat,
	type InfillOrder,
	infillMarkers,
	infillPrompt,
} from "#text/infillFormat";
import type { Tokenizer } from "#text/tokenizer";
import type { TokenWindow } from "./learner.ts";
import { bytesOf } from "./windows.ts";

/** How training windows become infilling windows. */
export interface InfillTraining {
	/** Share of the steps that show infilling instead of plain text. */
	readonly rate: number;
	/** Share of those in suffix-first order, where the format has it. */
	readonly suffixFirst: number;
	/**
	 * `middle`: the middle and its end alone are learned. Markers stand at random places, so learning to expect them there
	 * teaches noise, and the text around is learned by the plain steps. `everything` learns all from the prefix on.
	 */
	readonly scored: "middle" | "everything";
}

/**
 * The window's text cut into prefix, middle and suffix, in a served format. The middle runs from a random place to the end
 * of that line or of one of the next two. Undefined where the text has no such place: the caller shows it plain.
 */
export function infillWindow(
	window: TokenWindow,
	tokenizer: Tokenizer,
	format: InfillFormat,
	training: InfillTraining,
	capacity: number,
	random: Random,
): TokenWindow | undefined {
	const text = tokenizer.decode(window.tokens).replace(/^\uFFFD+|\uFFFD+$/g, "");
	const cut = chooseMiddle(text, random);
	const order: InfillOrder = format.orders.includes("spm") && random.uniform() < training.suffixFirst ? "spm" : "psm";
	if (cut === undefined) return undefined;
	const middle = tokenizer.encode(text.slice(cut.from, cut.to), true);
	const end = format.end === undefined ? [] : [format.end];
	const room = capacity + 1 - tokenizer.documentStart.length - infillMarkers - end.length - middle.length;
	if (room < middle.length) return undefined;
	const { prefix, suffix } = fitContext(
		tokenizer.encode(text.slice(0, cut.from)),
		tokenizer.encode(text.slice(cut.to), true),
		room,
	);
	const prompt = infillPrompt(format, order, tokenizer.documentStart, prefix, suffix);
	const tokens = Int32Array.from([...prompt.tokens, ...middle, ...end]);
	const scoreFrom = training.scored === "middle" ? prompt.tokens.length : Math.max(1, prompt.prefixAt);
	return { tokens, scoreFrom, bytes: bytesOf(tokens, scoreFrom, tokens.length, tokenizer) };
}

/** What turns windows into infilling tasks, the same ones for the same seed. */
export interface InfillPorts {
	/** Null, or no format in the vocabulary: none. */
	readonly training: InfillTraining | null;
	readonly format: InfillFormat | undefined;
	readonly tokenizer: Tokenizer;
	readonly capacity: number;
	readonly seed: number;
}

/** `format` is the one in the tokenizer's vocabulary. */
export function openInfill(run: {
	readonly preset: { readonly infill: InfillTraining | null };
	readonly tokenizer: Tokenizer;
	readonly learner: { readonly capacity: number };
	readonly seed: number;
}): InfillPorts {
	const { preset, tokenizer, learner, seed } = run;
	const format = detectInfillFormat(tokenizer);
	return { training: preset.infill, format, tokenizer, capacity: learner.capacity, seed };
}

/** The window as an infilling task if the seed and its place in the run say so; undefined where it is to be shown as it is. */
export function infillTask(window: TokenWindow, place: number, ports: InfillPorts): TokenWindow | undefined {
	const { training, format, tokenizer, capacity, seed } = ports;
	if (training === null || format === undefined) return undefined;
	const random = seededRandom(hashString(`infill ${place}`, seed));
	if (random.uniform() >= training.rate) return undefined;
	return infillWindow(window, tokenizer, format, training, capacity, random);
}

/** The end of the prefix and the start of the suffix, together at most `room` ids; a short one leaves its share to the other. */
export function fitContext(
	prefix: Int32Array,
	suffix: Int32Array,
	room: number,
): { readonly prefix: Int32Array; readonly suffix: Int32Array } {
	const forSuffix = Math.min(suffix.length, Math.max(Math.floor(room / 3), room - prefix.length));
	const forPrefix = Math.min(prefix.length, room - forSuffix);
	return { prefix: prefix.subarray(prefix.length - forPrefix), suffix: suffix.subarray(0, forSuffix) };
}

const tries = 8;

function chooseMiddle(text: string, random: Random): { readonly from: number; readonly to: number } | undefined {
	for (let attempt = 0; attempt < tries; attempt++) {
		let from = random.below(text.length);
		const wholeLine = random.uniform() < 0.5;
		const lines = 1 + random.below(3);
		if (wholeLine) from = text.lastIndexOf("\n", from - 1) + 1;
		// Never between the two halves of a surrogate pair.
		else if (isLowSurrogate(text.charCodeAt(from))) from--;
		let to = lineEnd(text, from);
		for (let line = 1; line < lines && to < text.length; line++) {
			const next = lineEnd(text, to + 1);
			if (2 * (next - from) > text.length) break;
			to = next;
		}
		const fits = from > 0 && 2 * (to - from) <= text.length;
		if (fits && text.slice(from, to).trim().length >= 3) return { from, to };
	}
	return undefined;
}

/** Index of the next line break at or after `from`, or the text's end. */
function lineEnd(text: string, from: number): number {
	const at = text.indexOf("\n", from);
	return at < 0 ? text.length : at;
}

function isLowSurrogate(unit: number): boolean {
	return unit >= 0xdc00 && unit < 0xe000;
}
