/** One suggestion for one situation: asked, written, trimmed, weighed. */
import type { CancelToken } from "#base/cancel";
import type { Clock } from "#base/clock";
import type { InfillFormat } from "#text/infillFormat";
import { type Confidence, confidenceOf } from "./confidence.ts";
import type { ContextIndex } from "./context/gather.ts";
import { type Decoder, greedy, type Sampling } from "./decoder.ts";
import { type Extent, mostNewTokens } from "./extent/extent.ts";
import { buildPrompt, type Prompt } from "./prompt/build.ts";
import { draftSources } from "./prompt/drafts.ts";
import type { TokenCache } from "./prompt/tokenCache.ts";
import { type Silence, silence } from "./silence.ts";
import { type CompletionSettings, type Prepared, prepare, type Situation } from "./situation.ts";
import { trim } from "./trim/pipeline.ts";
import { type Written, write } from "./write.ts";

/** What completing stands on; one per model and adapter. */
export interface CompletionPorts {
	readonly decoder: Decoder;
	/** undefined: the model has none, and sees what is before the cursor alone. */
	readonly format: InfillFormat | undefined;
	/** Ids of texts read before, and the tokenizer. */
	readonly tokens: TokenCache;
	readonly context: ContextIndex;
	readonly clock: Clock;
}

export interface Completion {
	readonly kind: "completion";
	/** To be inserted at the cursor; begins with the rest of the item chosen in the editor's list. */
	readonly text: string;
	/** How many units after the cursor, on its line, the text takes the place of. */
	readonly replaces: number;
	readonly source: "model" | "cache";
	/** Tokens that the model wrote for it. */
	readonly tokens: number;
	readonly confidence: Confidence;
	readonly mode: "infill" | "prefixOnly";
	/** Why the model did not see what is behind the cursor. */
	readonly because?: "noInfillFormat";
	readonly extent: Extent["kind"];
	/** Other texts to choose from, none twice; only where asked by hand. */
	readonly alternatives: readonly { readonly text: string; readonly replaces: number }[];
	readonly milliseconds: { readonly prompt: number; readonly decode: number };
}

export type Outcome = Completion | Silence;

/** An outcome of the model, with what it wrote, for the cache. */
export interface Answer {
	readonly outcome: Outcome;
	/** Undefined where nothing was written or nothing of it may be shown. */
	readonly text?: string;
	readonly logProbabilities?: readonly number[];
}

/** Asks the model, whatever was asked before. `threshold` is the least confidence to show. */
export async function completeAt(
	situation: Situation,
	settings: CompletionSettings,
	ports: CompletionPorts,
	threshold: number,
	cancel: CancelToken,
): Promise<Outcome> {
	const prepared = prepare(situation, settings);
	if ("kind" in prepared) return prepared;
	return (await answer(situation, prepared, settings, ports, threshold, cancel)).outcome;
}

/** The same for a situation that is prepared. */
export async function answer(
	situation: Situation,
	prepared: Prepared,
	settings: CompletionSettings,
	ports: CompletionPorts,
	threshold: number,
	cancel: CancelToken,
): Promise<Answer> {
	const { invoked } = prepared;
	const now = ports.clock.seconds();
	const until = invoked ? undefined : now + settings.deadline;
	const enough = invoked ? undefined : now + settings.enough;
	const prompt = promptFor(situation, prepared, settings, ports);
	if (prompt === undefined) return { outcome: silence("contextTooSmall") };
	// A file's first line, for a model that reads what is before alone.
	if (prompt.tokens.length === 0) return { outcome: silence("nothingToGoOn") };
	const drafts = draftSources(situation, ports.tokens);
	const least = invoked ? 0 : threshold;
	const options = { threshold: least, sequence: `file:${situation.path}`, drafts, until, enough };
	const writing = { decoder: ports.decoder, tokenizer: ports.tokens.tokenizer, clock: ports.clock };
	const ask = (sampling: Sampling) => write(prepared, prompt, writing, { ...options, sampling }, cancel);
	const answers: Answer[] = [];
	for (let seed = 0; seed < (invoked ? settings.alternatives : 1); seed++) {
		const written = await ask(seed === 0 ? greedy : { ...sampled, seed });
		if (written === undefined) return { outcome: silence("cancelled") };
		answers.push(weigh(written, prepared, prompt, least));
	}
	return withAlternatives(answers);
}

/** The first text that may be shown, with the others that differ; the first silence if there is none. */
function withAlternatives(answers: readonly Answer[]): Answer {
	const distinct = new Map<string, Answer & { readonly outcome: Completion }>();
	for (const { outcome, ...rest } of answers)
		if (outcome.kind === "completion" && !distinct.has(outcome.text)) distinct.set(outcome.text, { ...rest, outcome });
	const [best, ...others] = distinct.values();
	if (best === undefined) return answers[0] ?? { outcome: silence("nothingToAdd") };
	const alternatives = others.map(({ outcome: { text, replaces } }) => ({ text, replaces }));
	return { ...best, outcome: { ...best.outcome, alternatives } };
}

const sampled: Sampling = { ...greedy, temperature: 0.7, topP: 0.95 };

function promptFor(
	situation: Situation,
	{ place, suffix }: Prepared,
	{ promptTokens }: CompletionSettings,
	{ decoder, format, tokens, context }: CompletionPorts,
): Prompt | undefined {
	const { path, language, repository } = situation;
	const others = context.gather({ ...situation, prefix: place.prefix, suffix: place.suffix });
	// Whatever is asked for: a room that changed with it would move where the prompt begins, and all of it were read again.
	const room = Math.min(promptTokens, decoder.context - Math.min(mostNewTokens, decoder.context >> 2));
	return buildPrompt({ path, language, repository, prefix: place.prefix, suffix, ...others }, format, room, tokens);
}

function weigh(written: Written, prepared: Prepared, prompt: Prompt, threshold: number): Answer {
	const { logProbabilities, milliseconds } = written;
	if (written.late && written.text.trim() === "") return { outcome: silence("tooLate") };
	const confidence = confidenceOf(logProbabilities);
	if (logProbabilities.length > 0 && confidence.value < threshold) return { outcome: silence("lowConfidence") };
	const shown = trim(written.text, prepared);
	if (typeof shown === "string") return { outcome: silence(shown) };
	const outcome: Completion = {
		...{ kind: "completion", source: "model", tokens: logProbabilities.length, confidence, milliseconds },
		...{ mode: prompt.mode, ...(prompt.because !== undefined && { because: prompt.because }) },
		...{ extent: prepared.extent.kind, alternatives: [] },
		...finished(shown, prepared),
	};
	return { outcome, text: shown.text, logProbabilities };
}

/** As the document wants it: the chosen item's rest first, its own line breaks. */
export function finished(
	shown: { readonly text: string; readonly replaces: number },
	{ chosen, lineBreak }: Prepared,
): { readonly text: string; readonly replaces: number } {
	return { text: chosen + shown.text.replaceAll("\n", lineBreak), replaces: shown.replaces };
}
