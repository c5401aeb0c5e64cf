import { AttuneError } from "#base/errors";
import { type Fields, fieldsOf } from "#base/fields";
import { makeEncoder } from "./encoder.ts";
import { type TokenBytes, tokenBytes } from "./tokenBytes.ts";
import type { TemplateTokenizer, Tokenizer } from "./tokenizer.ts";
import { nestedList, parseTokenizerJson, type TokenizerJson } from "./tokenizerJson.ts";
import { decodeUtf8 } from "./utf8.ts";

/** The parsed files of a model folder, and what `config.json` says of ids. */
export interface TokenizerSource {
	/** `tokenizer.json`. */
	readonly tokenizer: unknown;
	/** `tokenizer_config.json`, undefined if there is none. */
	readonly tokenizerConfig?: unknown;
	readonly bosId?: number | undefined;
	readonly eosIds?: readonly number[];
	/** Path of `tokenizer.json`, for messages. */
	readonly file: string;
}

/**
 * A tokenizer that gives the ids of Python's `tokenizers` (`add_special_tokens=False`), except that text which spells a control token
 * is plain text. Throws AttuneError "tokenizer" or "unsupported".
 */
export function loadTokenizer(source: TokenizerSource): TemplateTokenizer {
	const json = parseTokenizerJson(source.tokenizer, source.file);
	const encoder = makeEncoder(json);
	const table = tokenBytes(json, encoder.byteLevel);
	const { size } = json;
	const { start } = table;
	const ids = new Map(json.added.map(({ content, id }) => [content, id]));
	const config =
		source.tokenizerConfig === undefined ? undefined : fieldsOf(source.tokenizerConfig, errorsOf(source.file));
	return {
		size,
		documentStart: documentStart(json, ids, config),
		endOfText: endOfText(json, ids, config, source.eosIds ?? []),
		encode: (text, continues = false) => encoder.encode(text, continues ? "continuing" : "first"),
		encodeAfterControl: (text) => encoder.encode(text, "later"),
		decode: (tokens, continues = false) => decode(tokens, table, size, continues),
		byteLength: (id) => (id >= 0 && id < size ? (start[id + 1] as number) - (start[id] as number) : 0),
		special: (token) => ids.get(token),
		controls: new Map(json.added.filter(({ control }) => control).map(({ content, id }) => [content, id])),
	};
}

const remedy = "Fetch tokenizer.json, tokenizer_config.json and config.json of the same model.";

function errorsOf(file: string): { code: "tokenizer"; file: string; remedy: string } {
	return { code: "tokenizer", file, remedy };
}

/** Refuses a tokenizer that cannot belong to a model of `vocabularySize` embeddings. `file` is for messages. */
export function checkTokenizer(
	tokenizer: Tokenizer,
	model: { readonly vocabularySize: number; readonly bosId: number | undefined; readonly eosIds: readonly number[] },
	file: string,
): void {
	const fail = (reason: string): never => {
		throw new AttuneError("tokenizer", reason, { file, remedy });
	};
	const { size } = tokenizer;
	const { vocabularySize } = model;
	if (size > vocabularySize)
		fail(`the tokenizer has ${size} ids, the model embeds only ${vocabularySize}: it is of another model`);
	// Embeddings are padded to round sizes, never to twice the vocabulary.
	if (size * 2 < vocabularySize)
		fail(`the tokenizer has only ${size} ids, the model embeds ${vocabularySize}: it is of another model`);
	for (const id of [...model.eosIds, ...(model.bosId === undefined ? [] : [model.bosId])]) {
		if (id < size && tokenizer.byteLength(id) === 0) continue;
		fail(
			`config.json marks begin or end of text with id ${id}, which is no special token here: the tokenizer is of another model`,
		);
	}
}

function decode(
	tokens: ArrayLike<number>,
	{ bytes, start, firstSpace }: TokenBytes,
	size: number,
	continues: boolean,
): string {
	let length = 0;
	const known = Array.from(tokens).filter((id) => id >= 0 && id < size);
	for (const id of known) length += (start[id + 1] as number) - (start[id] as number);
	const text = new Uint8Array(length);
	let at = 0;
	for (const id of known) {
		const part = bytes.subarray(start[id], start[id + 1]);
		text.set(part, at);
		at += part.length;
	}
	const added =
		text[0] === 0x20 && (firstSpace === "dropped" || (firstSpace === "droppedIfSingle" && text[1] !== 0x20));
	return decodeUtf8(added && !continues ? text.subarray(1) : text);
}

/** What the post-processor puts before a lone text; without one, BOS if tokenizer_config.json asks for it. */
function documentStart(json: TokenizerJson, ids: ReadonlyMap<string, number>, config: Fields | undefined): number[] {
	const processor = json.fields.nested("post_processor");
	const parts =
		processor?.raw("type") === "Sequence"
			? nestedList(processor, "processors")
			: processor === undefined
				? []
				: [processor];
	const template = parts.find((part) => part.raw("type") === "TemplateProcessing");
	if (template === undefined) {
		const bos = config?.raw("add_bos_token") === true ? idOf(config.raw("bos_token"), ids) : undefined;
		return bos === undefined ? [] : [bos];
	}
	const start: number[] = [];
	for (const piece of nestedList(template, "single")) {
		const special = piece.nested("SpecialToken");
		if (special === undefined) return start;
		start.push(
			idOf(special.string("id"), ids) ??
				special.fail(`the template's ${JSON.stringify(special.raw("id"))} is no added token`),
		);
	}
	return start;
}

/** Spellings of end of text, and of end of a turn, in the families that are supported. */
const endings = [
	"<|endoftext|>",
	"<|end_of_text|>",
	"<|eot_id|>",
	"<|im_end|>",
	"</s>",
	"<｜end▁of▁sentence｜>",
	"<|EOT|>",
	"<|file_sep|>",
	"<file_sep>",
];

function endOfText(
	json: TokenizerJson,
	ids: ReadonlyMap<string, number>,
	config: Fields | undefined,
	eosIds: readonly number[],
): Set<number> {
	const all = new Set(eosIds.filter((id) => id < json.size));
	const named = idOf(config?.raw("eos_token"), ids);
	if (named !== undefined) all.add(named);
	for (const { content, id, control } of json.added) if (control && endings.includes(content)) all.add(id);
	return all;
}

/** `token` is a string, or an object with `content` as older files have it. */
function idOf(token: unknown, ids: ReadonlyMap<string, number>): number | undefined {
	const content = typeof token === "object" && token !== null ? (token as { content?: unknown }).content : token;
	return typeof content === "string" ? ids.get(content) : undefined;
}
