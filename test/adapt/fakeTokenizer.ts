import type { Tokenizer } from "#text/tokenizer";

const words = ["    ", "return", "const ", "é"];
const specials = ["<s>", "<|endoftext|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"];
const firstWord = 256;
const firstSpecial = firstWord + words.length;

/** Tests encode the same few texts again and again. */
const encoded = new Map<string, Int32Array>();

const pattern = new RegExp(`(${words.join("|")})`);

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
			const known = encoded.get(text);
			if (known !== undefined) return known.slice();
			const ids: number[] = [];
			for (const piece of text.split(pattern)) {
				const word = words.indexOf(piece);
				if (word >= 0) ids.push(firstWord + word);
				else ids.push(...Buffer.from(piece));
			}
			const made = Int32Array.from(ids);
			encoded.set(text, made);
			return made.slice();
		},
		decode: (ids) => Buffer.concat(Array.from(ids, pieceOf)).toString("utf8"),
		byteLength: (id) => (id < firstWord ? 1 : (bytes[id - firstWord]?.length ?? 0)),
		special,
	};
}
