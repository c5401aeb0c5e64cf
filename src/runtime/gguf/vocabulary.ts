/** A tokenizer as GGUF metadata: byte-level BPE, which llama.cpp calls "gpt2", with the name it has for the way text is cut. */
import { AttuneError } from "#base/errors";
import type { Fields } from "#base/fields";
import type { InfillFormat } from "#text/infillFormat";
import type { TemplateTokenizer } from "#text/tokenizer";
import { nestedList, type TokenizerJson } from "#text/tokenizerJson";
import type { GgufValue, Metadata } from "./file.ts";

export interface Vocabulary {
	readonly json: TokenizerJson;
	readonly tokenizer: TemplateTokenizer;
	readonly infill: InfillFormat | undefined;
	readonly chatTemplate: string | undefined;
	readonly bosId: number | undefined;
	readonly eosId: number | undefined;
	/** Path of tokenizer.json, for messages. */
	readonly file: string;
}

/** Numbers of `llama_token_type`. */
const tokenTypes = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

/** `size` is the number of embeddings. Throws AttuneError "unsupported" for a pre-tokenizer that llama.cpp has no name for. */
export function vocabularyMetadata(vocabulary: Vocabulary, size: number): Metadata {
	const { json, tokenizer, infill, chatTemplate, bosId, eosId } = vocabulary;
	const { tokens, types } = tokenTable(json, size);
	const ids: readonly (readonly [string, number | undefined])[] = [
		["bos", bosId ?? tokenizer.documentStart[0]],
		["eos", eosId ?? [...tokenizer.endOfText][0]],
		["fim_pre", infill?.prefix],
		["fim_suf", infill?.suffix],
		["fim_mid", infill?.middle],
		["fim_rep", infill?.repository?.name],
		["fim_sep", infill?.repository?.file],
	];
	const entries: [string, GgufValue][] = [
		["tokenizer.ggml.model", { text: "gpt2" }],
		["tokenizer.ggml.pre", { text: preTokenizerName(vocabulary) }],
		["tokenizer.ggml.tokens", { texts: tokens }],
		["tokenizer.ggml.token_type", { int32s: types }],
		["tokenizer.ggml.merges", { texts: mergesOf(json) }],
		["tokenizer.ggml.add_bos_token", { bool: tokenizer.documentStart.length > 0 }],
		["tokenizer.ggml.add_eos_token", { bool: false }],
	];
	for (const [name, id] of ids) if (id !== undefined) entries.push([`tokenizer.ggml.${name}_token_id`, { uint32: id }]);
	if (chatTemplate !== undefined) entries.push(["tokenizer.chat_template", { text: chatTemplate }]);
	return new Map(entries);
}

/** For a model without a tokenizer, which is given ids: names that no text has. llama.cpp's own "no_vocab" ends node-llama-cpp. */
export function placeholderMetadata(size: number): Metadata {
	return new Map<string, GgufValue>([
		["tokenizer.ggml.model", { text: "gpt2" }],
		["tokenizer.ggml.pre", { text: "gpt-2" }],
		["tokenizer.ggml.tokens", { texts: Array.from({ length: size }, (_, id) => placeholder(id)) }],
		["tokenizer.ggml.token_type", { int32s: Array.from<number>({ length: size }).fill(tokenTypes.normal) }],
		["tokenizer.ggml.merges", { texts: [] }],
		["tokenizer.ggml.add_bos_token", { bool: false }],
		["tokenizer.ggml.add_eos_token", { bool: false }],
	]);
}

function placeholder(id: number): string {
	return `[PAD${id}]`;
}

function tokenTable(json: TokenizerJson, size: number): { readonly tokens: string[]; readonly types: number[] } {
	const tokens = Array.from({ length: size }, (_, id) => placeholder(id));
	const types = Array.from<number>({ length: size }).fill(tokenTypes.unused);
	for (const [token, id] of json.vocabulary) {
		tokens[id] = token;
		types[id] = tokenTypes.normal;
	}
	for (const { id, content, special } of json.added) {
		tokens[id] = content;
		types[id] = special || looksSpecial.test(content) ? tokenTypes.control : tokenTypes.userDefined;
	}
	return { tokens, types };
}

/** As llama.cpp's converter tells tokens that it leaves out of its output; others, as `<think>`, it shows. */
const looksSpecial = /^(<\|.*\|>|<｜.*｜>|<(pad|mask|2mass)>|\[@BOS@\])$/su;

function mergesOf({ model }: TokenizerJson): string[] {
	// Checked by `parseTokenizerJson`: texts "a b", or pairs.
	const merges = model["merges"] as readonly (string | readonly string[])[];
	return merges.map((merge) => (typeof merge === "string" ? merge : merge.join(" ")));
}

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const afterDigits = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const modern = (digits: string) => `split ${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}|${afterDigits}`;

/** llama.cpp's names (`tokenizer.ggml.pre`) of ways to cut text, with `ignore_merges` as it takes it for granted there. */
const known: readonly { readonly name: string; readonly ignoreMerges: boolean; readonly stages: readonly string[] }[] =
	[
		{ name: "qwen2", ignoreMerges: false, stages: [modern("\\p{N}"), "bytes"] },
		{ name: "llama-bpe", ignoreMerges: true, stages: [modern("\\p{N}{1,3}"), "bytes"] },
		{ name: "dbrx", ignoreMerges: false, stages: [modern("\\p{N}{1,3}"), "bytes"] },
		{ name: "gpt-2", ignoreMerges: false, stages: ["gpt2"] },
		{ name: "starcoder", ignoreMerges: false, stages: ["digit", "gpt2"] },
		{
			name: "deepseek-coder",
			ignoreMerges: false,
			stages: [
				...["split [\r\n]", "split \\s?\\p{L}+", "split \\s?\\p{P}+", "split [一-龥ࠀ-一가-퟿]+"],
				...["digit", "bytes"],
			],
		},
	];

function preTokenizerName({ json, file }: Vocabulary): string {
	const stages = stagesOf(json.fields.nested("pre_tokenizer"));
	const ignoreMerges = json.model["ignore_merges"] === true;
	const found = known.find((one) => one.ignoreMerges === ignoreMerges && one.stages.join("\n") === stages.join("\n"));
	if (found !== undefined) return found.name;
	const merges = ignoreMerges ? " with ignore_merges" : "";
	throw new AttuneError(
		"unsupported",
		`llama.cpp has no name known here for the pre-tokenizer ${stages.join(", ")}${merges}`,
		{
			file,
			remedy: "Export it as a Hugging Face folder with --format merged, and convert that with llama.cpp's own script.",
		},
	);
}

/** What a pre-tokenizer does, one text per step. */
function stagesOf(fields: Fields | undefined): readonly string[] {
	if (fields === undefined) return ["none"];
	const type = fields.string("type");
	if (type === "Sequence") return nestedList(fields, "pretokenizers").flatMap(stagesOf);
	if (type === "ByteLevel") return [fields.boolean("use_regex", true) ? "gpt2" : "bytes"];
	if (type === "Digits" && fields.boolean("individual_digits", false)) return ["digit"];
	const regex = fields.nested("pattern")?.raw("Regex");
	const plain = fields.raw("behavior") === "Isolated" && fields.raw("invert") !== true;
	return [type === "Split" && plain && typeof regex === "string" ? `split ${regex}` : type];
}
