import { type Fields, fieldsOf } from "#base/fields";

/** A token beside the BPE vocabulary, from `added_tokens`. */
export interface AddedToken {
	readonly id: number;
	readonly content: string;
	/** Whether it is searched for in the normalised text, rather than in the text as it came. */
	readonly normalized: boolean;
	/**
	 * Marks structure (end of text, infilling, roles): never made from text. The others stand for ordinary text, as the letters that
	 * DeepSeek's vocabulary adds.
	 */
	readonly control: boolean;
	/** As the file has it. */
	readonly special: boolean;
}

/** What of a `tokenizer.json` decides ids, checked. */
export interface TokenizerJson {
	readonly fields: Fields;
	readonly vocabulary: ReadonlyMap<string, number>;
	readonly added: readonly AddedToken[];
	/** Ids are below this. */
	readonly size: number;
	readonly byteFallback: boolean;
	/** As in the file, for the library. */
	readonly model: Readonly<Record<string, unknown>>;
	readonly normalizer: unknown;
}

const normalizers = ["NFC", "NFD", "NFKC", "NFKD", "Prepend", "Replace", "Sequence"];

/** Reads the parts of a `tokenizer.json`; throws AttuneError "tokenizer" if it is damaged, "unsupported" if it is of another kind. */
export function parseTokenizerJson(json: unknown, file: string): TokenizerJson {
	const remedy = "Fetch the model's tokenizer.json again, or choose another model.";
	const fields = fieldsOf(json, { code: "tokenizer", file, remedy });
	const model = fields.nested("model") ?? fields.fail('"model" is missing');
	checkModel(model);
	const vocabulary = parseVocabulary(model);
	checkMerges(model, vocabulary);
	checkNormalizer(fields.nested("normalizer"));
	const added = parseAdded(fields);
	checkIds(fields, vocabulary, added);
	const size =
		largest(
			vocabulary.values(),
			largest(
				added.map(({ id }) => id),
				0,
			),
		) + 1;
	const byteFallback = model.boolean("byte_fallback", false);
	return { fields, vocabulary, added, size, byteFallback, model: model.object, normalizer: fields.raw("normalizer") };
}

function checkModel(model: Fields): void {
	// Files of older libraries leave the type out; only BPE has merges.
	const type = model.string("type", model.has("merges") ? "BPE" : "of no type");
	if (type !== "BPE") model.unsupported(`a tokenizer model ${type} is not supported, only BPE`);
	if (model.number("dropout", { default: 0 }) !== 0) model.unsupported("BPE dropout is not supported");
	for (const name of ["continuing_subword_prefix", "end_of_word_suffix"]) {
		if (model.string(name, "") !== "") model.unsupported(`BPE with ${name} is not supported`);
	}
}

function parseVocabulary(model: Fields): Map<string, number> {
	const fields = model.nested("vocab") ?? model.fail('"model.vocab" is missing');
	const vocabulary = new Map<string, number>();
	for (const [token, id] of Object.entries(fields.object)) {
		if (!isId(id)) model.fail(`token ${JSON.stringify(token)} has the id ${JSON.stringify(id)}`);
		vocabulary.set(token, id as number);
	}
	if (vocabulary.size === 0) model.fail("the vocabulary is empty");
	return vocabulary;
}

/** The largest of `ids`, in a loop: as arguments of one call, 130,000 of them are more than the stack holds. */
function largest(ids: Iterable<number>, from: number): number {
	let most = from;
	for (const id of ids) most = Math.max(most, id);
	return most;
}

/** 2^24 ids: more than any model has, and few enough for tables. */
function isId(id: unknown): id is number {
	return typeof id === "number" && Number.isInteger(id) && id >= 0 && id < 2 ** 24;
}

function checkMerges(model: Fields, vocabulary: ReadonlyMap<string, number>): void {
	const merges = model.raw("merges");
	if (!Array.isArray(merges)) model.fail('"model.merges" is no list');
	for (const [i, merge] of merges.entries()) {
		const parts: unknown = typeof merge === "string" ? merge.split(" ") : merge;
		if (!Array.isArray(parts) || parts.length !== 2 || parts.some((part) => typeof part !== "string")) {
			model.fail(`merge ${i} is no pair of tokens`);
		}
		for (const token of [...parts, parts.join("")]) {
			if (!vocabulary.has(token)) model.fail(`merge ${i} names ${JSON.stringify(token)}, which the vocabulary has not`);
		}
	}
}

function checkNormalizer(normalizer: Fields | undefined): void {
	if (normalizer === undefined) return;
	const type = normalizer.string("type");
	if (!normalizers.includes(type)) normalizer.unsupported(`a tokenizer normalizer ${type} is not supported`);
	if (type !== "Sequence") return;
	for (const part of nestedList(normalizer, "normalizers")) checkNormalizer(part);
}

/** The objects in the list `name`. */
export function nestedList(fields: Fields, name: string): Fields[] {
	const list = fields.raw(name);
	if (!Array.isArray(list)) return fields.fail(`"${name}" is no list`);
	return list.map((item) => fields.child(item, name));
}

function parseAdded(fields: Fields): AddedToken[] {
	if (!fields.has("added_tokens")) return [];
	return nestedList(fields, "added_tokens").map((token) => {
		const content = token.string("content");
		const id = token.integer("id", { min: 0, max: 2 ** 24 - 1 });
		const special = token.boolean("special", false);
		const control = special || /^(<.+>|\[.+\])$/su.test(content);
		if (content === "") token.fail(`added token ${id} is empty`);
		for (const name of ["single_word", "lstrip", "rstrip"]) {
			if (!control && token.boolean(name, false))
				token.unsupported(`the added token ${JSON.stringify(content)} with ${name} is not supported`);
		}
		return { id, content, normalized: token.boolean("normalized", !special), control, special };
	});
}

/** One id, one spelling. An added token may also stand in the vocabulary, with the same id. */
function checkIds(fields: Fields, vocabulary: ReadonlyMap<string, number>, added: readonly AddedToken[]): void {
	const spelling = new Map<number, string>();
	for (const [token, id] of [...vocabulary, ...added.map(({ content, id }) => [content, id] as const)]) {
		const other = spelling.get(id);
		if (other !== undefined && other !== token)
			fields.fail(`id ${id} is both ${JSON.stringify(other)} and ${JSON.stringify(token)}`);
		spelling.set(id, token);
	}
}
