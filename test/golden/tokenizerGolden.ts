import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { loadTokenizer } from "#text/loadTokenizer";
import type { TemplateTokenizer } from "#text/tokenizer";

/** What tools/golden/tokenizer.py wrote; digests as its `digest` makes them. */
export interface TokenizerGolden {
	readonly tokenizers: string;
	readonly chunk: number;
	readonly lines: number;
	readonly crafted: readonly string[];
	readonly types: Readonly<Record<string, TokenizerType>>;
}

export interface TokenizerType {
	readonly lines: readonly string[];
	readonly documents: readonly string[];
	readonly crafted: readonly string[];
	/** What the lines' ids stand for, and their ids but the first and the last. */
	readonly decoded: readonly string[];
	readonly decodedParts: readonly string[];
	readonly start: readonly number[];
}

const folder = "test/golden/fixtures/tokenizer";

export function readGolden(): TokenizerGolden {
	return JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
}

/** Chunks of real lines, each line with its end. */
export function readChunks(golden: TokenizerGolden): string[][] {
	const text = gunzipSync(readFileSync(join(folder, "lines.txt.gz"))).toString("utf8");
	const lines = text.match(/[^\n]*\n/g) ?? [];
	const chunks: string[][] = [];
	for (let i = 0; i < lines.length; i += golden.chunk) chunks.push(lines.slice(i, i + golden.chunk));
	return chunks;
}

export function goldenJson(name: string): unknown {
	return JSON.parse(gunzipSync(readFileSync(join(folder, `${name}.json.gz`))).toString("utf8"));
}

interface TokenizerFile {
	readonly model: { readonly vocab: Readonly<Record<string, number>> };
	readonly added_tokens: readonly { readonly id: number }[];
}

/** The same tokenizer with made-up tokens, which no merge makes, up to `size` ids: as many as open models have. */
export function largeVocabulary(name: string, size: number): unknown {
	const json = goldenJson(name) as TokenizerFile;
	const vocab = { ...json.model.vocab };
	const first = Object.keys(vocab).length + json.added_tokens.length;
	for (let id = first; id < size; id++) vocab[`made_up_${id}`] = id;
	return { ...json, model: { ...json.model, vocab } };
}

const loaded = new Map<string, TemplateTokenizer>();

export function goldenTokenizer(name: string): TemplateTokenizer {
	const tokenizer = loaded.get(name) ?? loadTokenizer({ tokenizer: goldenJson(name), file: `${name}.json` });
	loaded.set(name, tokenizer);
	return tokenizer;
}

/** SHA-256 over the ids of one text after another: int32 little-endian, a -1 after each text; 16 hex digits. */
export function digest(texts: readonly Int32Array[]): string {
	const hash = createHash("sha256");
	for (const ids of texts) hash.update(new Uint8Array(Int32Array.of(...ids, -1).buffer));
	return hash.digest("hex").slice(0, 16);
}

/** SHA-256 over the UTF-8 of one text after another, a NUL after each; 16 hex digits. */
export function textDigest(texts: readonly string[]): string {
	const hash = createHash("sha256");
	for (const text of texts) hash.update(`${text}\0`);
	return hash.digest("hex").slice(0, 16);
}

/**
 * Where Python does not give the bytes back and we do: of several spaces that open a text it drops one, and the added tokens õ and ö
 * it takes for the spelling of a byte.
 */
export function asPython(name: string, text: string): string {
	if (name === "deepseek") return text.replace(/[õö]/g, "\uFFFD");
	return name === "mistral" || name === "metaspace" ? text.replace(/^ {2}/, " ") : text;
}
