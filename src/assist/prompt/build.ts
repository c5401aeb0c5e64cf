import { type InfillFormat, infillMarkers, infillPrompt } from "#text/infillFormat";
import type { Snippet } from "../context/snippet.ts";
import { type Needs, shareOut } from "./budget.ts";
import { commentOut, headerOf } from "./header.ts";
import type { TokenCache } from "./tokenCache.ts";
import { type BlockIds, endWithin, firstBlocks, join, lastBlocks, startWithin } from "./window.ts";

/** What a prompt is made of; texts with `\n` line breaks. */
export interface PromptParts {
	/** Relative to the workspace, "/" between names. */
	readonly path: string;
	readonly language: string;
	/** Name of the workspace. */
	readonly repository: string;
	readonly prefix: string;
	readonly suffix: string;
	/** Of other files, the most useful first. */
	readonly stable: readonly Snippet[];
	readonly recent: readonly Snippet[];
}

export interface Prompt {
	readonly tokens: Int32Array;
	/** `prefixOnly`: the model has no infilling format, or there is nothing behind the cursor and no format is needed. */
	readonly mode: "infill" | "prefixOnly";
	/** Why the suffix is not in it. */
	readonly because?: "noInfillFormat";
	/** Tokens of each part. */
	readonly parts: Needs;
	/** The format's end of a middle, and the like: ids that end the answer. */
	readonly stop: readonly number[];
}

/** Fewer tokens than this hold no prompt worth reading. */
const leastRoom = 16;

/**
 * The ids after which the model writes what belongs between prefix and suffix: other files first, then, where the family's training has
 * it, the suffix, then the prefix, so that a typed character changes the last ids alone. Undefined if `room` holds no prompt.
 */
export function buildPrompt(
	parts: PromptParts,
	format: InfillFormat | undefined,
	room: number,
	cache: TokenCache,
): Prompt | undefined {
	const start = cache.tokenizer.documentStart;
	const repository = format?.repository;
	const header = repository === undefined ? new Int32Array() : headerOf(parts, repository, cache);
	const opening = repositoryStart(parts, format, cache);
	const left = room - start.length - opening.length - header.length - infillMarkers;
	if (left < leastRoom) return undefined;
	const prefix = lastBlocks(wellFormed(parts.prefix), left, cache);
	const suffix = format === undefined ? none : firstBlocks(wellFormed(parts.suffix), left, cache);
	const encode = (snippets: readonly Snippet[]) =>
		snippets.map((snippet) => snippetIds(snippet, format, parts.language, left, cache));
	const [stable, recent] = [encode(parts.stable), encode(parts.recent)];
	const given = shareOut(left, {
		...{ prefix: prefix.length, suffix: suffix.length },
		...{ stable: lengthOf(stable.map(wholeSnippet)), recent: lengthOf(recent.map(wholeSnippet)) },
	});
	const context = { stable: fill(stable, given.stable, cache), recent: fill(recent, given.recent, cache) };
	const others = join([...context.stable].reverse().concat([...context.recent].reverse()));
	const before = endWithin(prefix, given.prefix, cache);
	const behind = startWithin(suffix, given.suffix, cache);
	const counts = {
		...{ prefix: before.length, suffix: behind.length },
		...{ stable: lengthOf(context.stable), recent: lengthOf(context.recent) },
	};
	const stop = stopsOf(format, cache);
	if (format === undefined)
		return {
			...{ tokens: join([start, others, before]), mode: "prefixOnly", because: "noInfillFormat" },
			...{ parts: counts, stop },
		};
	const order = format.orders[0] ?? "psm";
	// Without markers between files, other files stand as comments where the prefix begins.
	const text = repository === undefined ? join([others, before]) : before;
	const head = repository === undefined ? start : [...start, ...opening, ...others, ...header];
	const { tokens } = infillPrompt(format, order, head, text, behind);
	return { tokens, mode: "infill", parts: counts, stop };
}

const none: BlockIds = { blocks: [], ids: [], length: 0 };

/** Names the repository, where there are other files of it to show. */
function repositoryStart(
	{ repository, stable, recent }: PromptParts,
	format: InfillFormat | undefined,
	cache: TokenCache,
): readonly number[] {
	if (format?.repository?.name === undefined || stable.length + recent.length === 0) return [];
	const { name, nameEnd } = format.repository;
	return [name, ...cache.encode(`${oneLine(repository)}${nameEnd}`, true)];
}

interface SnippetIds {
	readonly head: Int32Array;
	readonly body: BlockIds;
}

function snippetIds(
	snippet: Snippet,
	format: InfillFormat | undefined,
	language: string,
	room: number,
	cache: TokenCache,
): SnippetIds {
	const text = wellFormed(snippet.text.endsWith("\n") ? snippet.text : `${snippet.text}\n`);
	if (format?.repository === undefined)
		return { head: new Int32Array(), body: firstBlocks(commentOut(snippet.path, text, language), room, cache) };
	return { head: headerOf(snippet, format.repository, cache), body: firstBlocks(text, room, cache) };
}

function wholeSnippet({ head, body }: SnippetIds): Int32Array {
	return join([head, ...body.ids]);
}

/** Fewer tokens of a snippet than this tell nothing. */
const leastSnippet = 48;

/** Whole snippets, in order, while they fit; the last one in part. */
function fill(snippets: readonly SnippetIds[], room: number, cache: TokenCache): Int32Array[] {
	const taken: Int32Array[] = [];
	let left = room;
	for (const { head, body } of snippets) {
		const fits = head.length + body.length <= left;
		if (!fits && left < head.length + leastSnippet) break;
		const ids = join([head, startWithin(body, left - head.length, cache)]);
		taken.push(ids);
		left -= ids.length;
	}
	return taken;
}

function lengthOf(parts: readonly Int32Array[]): number {
	return parts.reduce((sum, { length }) => sum + length, 0);
}

function stopsOf(format: InfillFormat | undefined, { tokenizer }: TokenCache): readonly number[] {
	const stop = new Set(tokenizer.endOfText);
	if (format !== undefined) {
		for (const id of [format.prefix, format.suffix, format.middle, format.end, format.repository?.file])
			if (id !== undefined) stop.add(id);
	}
	return [...stop];
}

/** Lone surrogates have no UTF-8: a model reads U+FFFD for them. */
export function wellFormed(text: string): string {
	return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}

function oneLine(text: string): string {
	return wellFormed(text.replace(/\p{Cc}+/gu, " "));
}
