import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { hashString, seededRandom, shuffled } from "#base/random";
import { detectInfillFormat, infillMarkers, infillPrompt } from "#text/infillFormat";
import type { Tokenizer } from "#text/tokenizer";
import { fitContext } from "./infill.ts";
import type { AdapterSwitch, GenerateOptions, Learner } from "./learner.ts";
import { editSimilarity, type LineResult, type LineScore, lineScoreOf } from "./metrics.ts";
import type { JudgedUnit } from "./split.ts";

/** One whole line to write, indentation and all, given what stands before (and, where the model can, behind it). */
export interface LineCase {
	readonly path: string;
	readonly prompt: Int32Array;
	readonly line: string;
	readonly options: GenerateOptions;
}

const shortest = 8;
const longest = 120;
/** Of one unit, so that no file decides alone. */
const perUnit = 2;
/** Tokens of prompt and answer together: each token written costs a forward over them. */
const lineContext = 256;
/** Room for the answer: a line of the longest length in common tokenizers, and some. */
const answerTokens = 48;

/** At most `count` lines of the judged text, chosen by `seed`: not blank, not mere punctuation. */
export function chooseLines(
	units: readonly JudgedUnit[],
	count: number,
	seed: number,
	tokenizer: Tokenizer,
	capacity: number,
): LineCase[] {
	const stop = lineStops(tokenizer);
	const context = Math.min(capacity, lineContext);
	const answer = answerTokensIn(context);
	const cases: LineCase[] = [];
	for (const unit of shuffled(units, seededRandom(hashString("lines", seed)))) {
		if (cases.length >= count) break;
		const { prefix, text, suffix } = textOf(unit, tokenizer);
		const random = seededRandom(hashString(`${unit.document.path}@${unit.range.from}`, seed));
		const lines = shuffled(candidateLines(text), random).slice(0, Math.min(perUnit, count - cases.length));
		for (const { from, to } of lines) {
			cases.push({
				path: unit.document.path,
				prompt: linePrompt(prefix + text.slice(0, from), text.slice(to) + suffix, answer, tokenizer, context),
				line: text.slice(from, to).replace(/\r$/, ""),
				options: { maxTokens: answer, stop },
			});
		}
	}
	return cases;
}

/** Greedy answers compared with the lines that stand there, both without outer blanks. Undefined without a case. */
export async function scoreLines(
	cases: readonly LineCase[],
	adapter: AdapterSwitch,
	learner: Learner,
	tokenizer: Tokenizer,
	cancel: CancelToken,
	onDone: (done: number) => void = () => {},
): Promise<LineScore | undefined> {
	if (cases.length === 0) return undefined;
	const results: LineResult[] = [];
	for (const [i, { prompt, line, options }] of cases.entries()) {
		throwIfCancelled(cancel);
		const answer = firstLine(tokenizer.decode(await learner.generate(prompt, options, adapter), true));
		const [written, wanted] = [answer.trim(), line.trim()];
		results.push({ exact: written === wanted, similarity: editSimilarity(written, wanted) });
		onDone(i + 1);
	}
	return lineScoreOf(results);
}

/** A token may hold the end of a line and what follows it. */
function firstLine(answer: string): string {
	return answer.split(/[\r\n]/, 1)[0] ?? "";
}

function textOf({ document, range }: JudgedUnit, tokenizer: Tokenizer) {
	const decode = (from: number, to: number): string =>
		tokenizer.decode(document.tokens.subarray(from, to), from > document.textFrom);
	return {
		prefix: decode(0, range.from),
		text: decode(range.from, range.to),
		suffix: decode(range.to, document.tokens.length),
	};
}

/** Whole lines inside `text`: both line breaks are in it. */
function candidateLines(text: string): { from: number; to: number }[] {
	const lines: { from: number; to: number }[] = [];
	for (let from = text.indexOf("\n") + 1; from > 0; ) {
		const to = text.indexOf("\n", from);
		if (to < 0) break;
		const line = text.slice(from, to).trim();
		if (line.length >= shortest && line.length <= longest && /\p{L}{2}/u.test(line)) lines.push({ from, to });
		from = to + 1;
	}
	return lines;
}

/** The ids after which the model writes the rest of a line; leaves room for `answer` tokens within `capacity`. */
export function linePrompt(
	before: string,
	behind: string,
	answer: number,
	tokenizer: Tokenizer,
	capacity: number,
): Int32Array {
	const start = tokenizer.documentStart;
	const format = detectInfillFormat(tokenizer);
	// Nothing beyond the window can be seen anyway: 16 bytes hold more than a token's text.
	const reach = capacity * 16;
	const prefix = tokenizer.encode(before.slice(-reach));
	const room = capacity - answer - start.length;
	if (format === undefined) {
		return Int32Array.from([...start, ...prefix.subarray(Math.max(0, prefix.length - room))]);
	}
	const context = fitContext(prefix, tokenizer.encode(behind.slice(0, reach), true), room - infillMarkers);
	return infillPrompt(format, format.orders[0] ?? "psm", start, context.prefix, context.suffix).tokens;
}

function answerTokensIn(capacity: number): number {
	return Math.min(answerTokens, Math.floor(capacity / 3));
}

/** Ends of text, infilling markers, and every token that begins with a line break: what it holds is not of this line. */
export function lineStops(tokenizer: Tokenizer): ReadonlySet<number> {
	const stop = new Set(tokenizer.endOfText);
	const format = detectInfillFormat(tokenizer);
	if (format !== undefined) {
		for (const id of [format.prefix, format.suffix, format.middle]) stop.add(id);
		if (format.end !== undefined) stop.add(format.end);
	}
	for (let id = 0; id < tokenizer.size; id++) {
		if (tokenizer.byteLength(id) > 0 && /^[\r\n]/.test(tokenizer.decode([id]))) stop.add(id);
	}
	return stop;
}
