/** What the rest needs of a tokenizer; made from `tokenizer.json` by `loadTokenizer`. */
export interface Tokenizer {
	/** Ids are below this. */
	readonly size: number;
	/** Ids a document starts with (the BOS token, or none), as the model was trained. */
	readonly documentStart: readonly number[];
	/** Ids that end a document. */
	readonly endOfText: ReadonlySet<number>;
	/**
	 * Ids of `text`, no BOS or EOS added. Strings that spell a special token are encoded as plain text, never as that token. Some
	 * tokenizers open every text with a space of their own; not so with `continues`, which says that other ids come before.
	 */
	encode(text: string, continues?: boolean): Int32Array;
	/**
	 * Text of `ids`; special tokens are left out. The space that a tokenizer opens texts with is dropped again unless `continues`
	 * says that other ids came before.
	 */
	decode(ids: ArrayLike<number>, continues?: boolean): string;
	/** UTF-8 bytes that the token stands for; 0 for special tokens. */
	byteLength(id: number): number;
	/** Id of the special token spelled exactly so, if the vocabulary has it. */
	special(token: string): number | undefined;
}

/** A tokenizer that also lays out text between control tokens, as chat templates do. */
export interface TemplateTokenizer extends Tokenizer {
	/** Ids of the control tokens by their spelling. */
	readonly controls: ReadonlyMap<string, number>;
	/** As `encode`, of text that stands right after a control token. */
	encodeAfterControl(text: string): Int32Array;
}
