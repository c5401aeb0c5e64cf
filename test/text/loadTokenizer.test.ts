import { deepEqual, equal, match, throws } from "node:assert/strict";
import { AttuneError } from "#base/errors";
import { checkTokenizer, loadTokenizer } from "#text/loadTokenizer";
import {
	digest,
	goldenJson,
	goldenTokenizer,
	largeVocabulary,
	readChunks,
	readGolden,
} from "../golden/tokenizerGolden.ts";

const golden = readGolden();

/** Crafted texts whose bytes do not come back, by nature of the tokenizer: it normalises, or spells a space as "▁". */
const lossy: Record<string, RegExp> = {
	qwen2: /^cafe/,
	llama2: /▁/,
	mistral: /▁|^ leading/,
	metaspace: /▁|^ leading/,
};

describe("text/loadTokenizer", () => {
	const chunk = readChunks(golden)[7] ?? [];
	for (const [name, expected] of Object.entries(golden.types)) {
		it(`encodes crafted texts and a chunk of real lines as Python's tokenizers does: ${name}`, () => {
			const tokenizer = goldenTokenizer(name);
			for (const [i, text] of golden.crafted.entries()) {
				const ids = tokenizer.encode(text);
				equal(digest([ids]), expected.crafted[i], text);
				if (!lossy[name]?.test(text)) equal(tokenizer.decode(ids), text);
			}
			equal(digest(chunk.map((line) => tokenizer.encode(line))), expected.lines[7]);
			equal(digest([tokenizer.encode(chunk.join(""))]), expected.documents[7]);
			deepEqual(tokenizer.documentStart, expected.start);
		});
	}

	it("counts the bytes of every token", () => {
		for (const name of Object.keys(golden.types)) {
			const tokenizer = goldenTokenizer(name);
			// llama2 and its like open a text with a space of their own.
			const own = /llama2|mistral|metaspace/.test(name) ? 1 : 0;
			for (const text of ["x = naïve(漢字)\r\n\t👩‍👧\n", "a", "0123456789"]) {
				const sum = tokenizer.encode(text).reduce((total, id) => total + tokenizer.byteLength(id), 0);
				equal(sum, Buffer.byteLength(text) + own, `${name}: ${text}`);
			}
		}
	});

	it("takes a vocabulary larger than what fits the arguments of a call", () => {
		const tokenizer = loadTokenizer({ tokenizer: largeVocabulary("qwen2", 140_000), file: "tokenizer.json" });
		const small = goldenTokenizer("qwen2");
		equal(tokenizer.size, 140_000);
		deepEqual(tokenizer.encode("x = naïve(漢字)\n"), small.encode("x = naïve(漢字)\n"));
		equal(tokenizer.decode([139_999]), "made_up_139999");
	});

	it("leaves special tokens out of the text and finds them by their spelling", () => {
		const tokenizer = goldenTokenizer("qwen2");
		const end = tokenizer.special("<|endoftext|>") ?? -1;
		equal(tokenizer.decode([end, ...tokenizer.encode("hello"), end, -1, 1e6]), "hello");
		equal(tokenizer.byteLength(end), 0);
		equal(tokenizer.special("hello"), undefined);
		equal(tokenizer.special("<|fim_prefix|>") !== undefined, true);
		deepEqual(tokenizer.endOfText.has(end), true);
		equal(tokenizer.encode("").length, 0);
	});

	it("keeps the first space of a continuation", () => {
		const tokenizer = goldenTokenizer("llama2");
		const ids = tokenizer.encode("word");
		equal(tokenizer.decode(ids), "word");
		equal(tokenizer.decode(ids, true), " word");
	});

	it("turns broken surrogates and broken bytes into U+FFFD, never into an error", () => {
		const tokenizer = goldenTokenizer("gpt2");
		equal(tokenizer.decode(tokenizer.encode("a\ud800b")), "a\ufffdb");
		const [first] = tokenizer.encode("漢");
		match(tokenizer.decode([first ?? 0]), /漢|\ufffd/);
	});

	it("takes BOS from tokenizer_config.json where no template says it, and endings from both configs", () => {
		const json = { ...(goldenJson("gpt2") as object), post_processor: null };
		const config = { add_bos_token: true, bos_token: { content: "<|endoftext|>" }, eos_token: "<|endoftext|>" };
		const tokenizer = loadTokenizer({ tokenizer: json, tokenizerConfig: config, eosIds: [7], file: "t" });
		deepEqual(tokenizer.documentStart, [tokenizer.special("<|endoftext|>")]);
		deepEqual([...tokenizer.endOfText].sort(), [7, tokenizer.special("<|endoftext|>")].sort());
	});

	const tokenizer = goldenTokenizer("gpt2");
	const end = tokenizer.special("<|endoftext|>") ?? -1;
	const foreign: [string, Parameters<typeof checkTokenizer>[1], RegExp][] = [
		[
			"a vocabulary larger than the embedding",
			{ vocabularySize: 2000, bosId: undefined, eosIds: [] },
			/2501 ids, the model embeds only 2000/,
		],
		[
			"a vocabulary far smaller",
			{ vocabularySize: 32_000, bosId: undefined, eosIds: [] },
			/only 2501 ids, the model embeds 32000/,
		],
		[
			"an end of text that is a word",
			{ vocabularySize: 2560, bosId: undefined, eosIds: [300] },
			/with id 300, which is no special token/,
		],
		["a begin of text beyond the vocabulary", { vocabularySize: 2560, bosId: 2550, eosIds: [end] }, /with id 2550/],
	];
	for (const [name, model, reason] of foreign) {
		it(`refuses the tokenizer of another model: ${name}`, () => {
			throws(() => checkTokenizer(tokenizer, model, "m/tokenizer.json"), failure("tokenizer", reason));
		});
	}

	it("accepts a padded embedding", () => {
		checkTokenizer(tokenizer, { vocabularySize: 2560, bosId: end, eosIds: [end] }, "t");
	});

	const good = goldenJson("gpt2") as { model: { vocab: object; merges: unknown[] }; added_tokens: object[] };
	const model = (change: object) => ({ ...good, model: { ...good.model, ...change } });
	const refused: [string, unknown, string, RegExp][] = [
		["a list", [], "tokenizer", /is a list, not an object/],
		["no model", { ...good, model: null }, "tokenizer", /"model" is missing/],
		["another model type", model({ type: "Unigram" }), "unsupported", /model Unigram/],
		["an empty vocabulary", model({ vocab: {}, merges: [] }), "tokenizer", /vocabulary is empty/],
		["an id that is no number", model({ vocab: { ...good.model.vocab, zz: "1" } }), "tokenizer", /"zz" has the id "1"/],
		["an id with two spellings", model({ vocab: { ...good.model.vocab, zz: 5 } }), "tokenizer", /id 5 is both/],
		["merges that are no list", model({ merges: {} }), "tokenizer", /no list/],
		["a merge of three", model({ merges: [["a", "b", "c"]] }), "tokenizer", /merge 0 is no pair/],
		["a merge of unknown tokens", model({ merges: ["a nosuchtoken"] }), "tokenizer", /merge 0 names "nosuchtoken"/],
		["dropout", model({ dropout: 0.1 }), "unsupported", /dropout/],
		["word suffixes", model({ end_of_word_suffix: "</w>" }), "unsupported", /end_of_word_suffix/],
		[
			"a normalizer that loses letters",
			{ ...good, normalizer: { type: "Lowercase" } },
			"unsupported",
			/normalizer Lowercase/,
		],
		[
			"another pre-tokenizer",
			{ ...good, pre_tokenizer: { type: "BertPreTokenizer" } },
			"unsupported",
			/BertPreTokenizer/,
		],
		[
			"a prefix space",
			{ ...good, pre_tokenizer: { type: "ByteLevel", add_prefix_space: true } },
			"unsupported",
			/add_prefix_space/,
		],
		[
			"a split that merges",
			{ ...good, pre_tokenizer: { type: "Split", pattern: { String: " " }, behavior: "MergedWithNext" } },
			"unsupported",
			/MergedWithNext/,
		],
		[
			"a pattern that is none",
			{ ...good, pre_tokenizer: { type: "Split", pattern: { Regex: "(" }, behavior: "Isolated" } },
			"unsupported",
			/cannot be translated/,
		],
		["another decoder", { ...good, decoder: { type: "WordPiece" } }, "unsupported", /WordPiece decoder/],
		["no decoder", { ...good, decoder: null }, "tokenizer", /no decoder/],
		[
			"an added token without an id",
			{ ...good, added_tokens: [{ content: "<x>" }] },
			"tokenizer",
			/"added_tokens.id" is missing/,
		],
	];
	for (const [name, json, code, reason] of refused) {
		it(`refuses ${name}`, () =>
			throws(() => loadTokenizer({ tokenizer: json, file: "m/tokenizer.json" }), failure(code, reason)));
	}
});

function failure(code: string, reason: RegExp): (error: unknown) => true {
	return (error) => {
		if (!(error instanceof AttuneError)) throw error;
		equal(error.code, code, error.message);
		match(error.message, reason);
		match(error.message, /^m\/tokenizer.json: /);
		equal(error.remedy.length > 10, true);
		return true;
	};
}
