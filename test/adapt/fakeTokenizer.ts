import type { Tokenizer } from "#text/tokenizer";

const words = ["    ", "return", "const ", "é"];
const specials = ["<s>", "<|endoftext|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"];
const firstWord = 256;
const firstSpecial = firstWord + words.length;

export const fakeVocabulary = firstSpecial + specials.length;

/** Bytes, four words and five special tokens. Options take away what real vocabularies may lack. */
export function fakeTokenizer(options: { readonly bos?: boolean; readonly infill?: boolean } = {}): Tokenizer {
	const bytes = words.map((word) => Buffer.from(word));
	const special = (token: string): number | undefined => {
		const at = specials.indexOf(token);
		return at < 0 || (options.infill === false && token.includes("fim")) ? undefined : firstSpecial + at;
	};
	const pieceOf = (id: number): Buffer =>
		id < firstWord ? Buffer.from([id]) : (bytes[id - firstWord] ?? Buffer.alloc(0));
	return {
		size: fakeVocabulary,
		documentStart: options.bos === false ? [] : [firstSpecial],
		endOfText: new Set([firstSpecial + 1]),
		encode(text) {
			const source = Buffer.from(text);
			const ids: number[] = [];
			for (let at = 0; at < source.length; ) {
				const word = bytes.findIndex((piece) => source.subarray(at, at + piece.length).equals(piece));
				ids.push(word < 0 ? (source[at] as number) : firstWord + word);
				at += word < 0 ? 1 : (bytes[word] as Buffer).length;
			}
			return Int32Array.from(ids);
		},
		decode: (ids) => Buffer.concat(Array.from(ids, pieceOf)).toString("utf8"),
		byteLength: (id) => pieceOf(id).length,
		special,
	};
}
