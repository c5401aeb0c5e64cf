import type { Fields } from "#base/fields";
import type { TokenizerJson } from "./tokenizerJson.ts";
import { nestedList } from "./tokenizerJson.ts";
import { encodeUtf8 } from "./utf8.ts";

export type FirstSpace = "kept" | "dropped" | "droppedIfSingle";

/** What each id stands for. */
export interface TokenBytes {
	/** Every byte of every token, in order of ids; token i is `bytes[start[i]..start[i + 1]]`. Empty for control tokens and unused ids. */
	readonly bytes: Uint8Array;
	readonly start: Uint32Array;
	/**
	 * Whether a text begins with a space that the encoder put there: never; always; or unless the text began with spaces of its own, so
	 * that only a single space can be the encoder's.
	 */
	readonly firstSpace: FirstSpace;
}

/** The 256 letters that byte-level vocabularies spell bytes with (GPT-2's `bytes_to_unicode`), by byte. */
export const byteLetters: readonly string[] = makeByteLetters();

function makeByteLetters(): string[] {
	const printable = (byte: number): boolean =>
		(byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
	let next = 256;
	return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}

const letterBytes = new Map(byteLetters.map((letter, byte) => [letter, byte]));

/** The table for a tokenizer whose decoder is understood; another decoder is refused by its name. */
export function tokenBytes(json: TokenizerJson, byteLevel: boolean): TokenBytes {
	const decoder = json.fields.nested("decoder");
	const firstSpace = byteLevel ? checkByteLevel(decoder, json.fields) : checkMetaspace(decoder, json.fields);
	const spelled = new Map<number, Uint8Array>();
	for (const [token, id] of json.vocabulary) {
		spelled.set(id, byteLevel ? fromLetters(token) : fromMetaspace(token, json.byteFallback));
	}
	for (const { id, content, control } of json.added) spelled.set(id, control ? new Uint8Array(0) : encodeUtf8(content));
	const unknown = json.model["unk_token"];
	if (typeof unknown === "string") spelled.set(json.vocabulary.get(unknown) ?? -1, new Uint8Array(0));
	return { ...concatenate(spelled, json.size), firstSpace };
}

function concatenate(spelled: ReadonlyMap<number, Uint8Array>, size: number): Pick<TokenBytes, "bytes" | "start"> {
	const start = new Uint32Array(size + 1);
	for (let id = 0; id < size; id++) start[id + 1] = (start[id] as number) + (spelled.get(id)?.length ?? 0);
	const bytes = new Uint8Array(start[size] as number);
	for (const [id, part] of spelled) if (id >= 0) bytes.set(part, start[id]);
	return { bytes, start };
}

/** A token with a letter outside the 256 stands for its own UTF-8, as in Rust's ByteLevel decoder. */
function fromLetters(token: string): Uint8Array {
	const bytes: number[] = [];
	for (const letter of token) {
		const byte = letterBytes.get(letter);
		if (byte === undefined) return encodeUtf8(token);
		bytes.push(byte);
	}
	return Uint8Array.from(bytes);
}

function fromMetaspace(token: string, byteFallback: boolean): Uint8Array {
	const byte = byteFallback ? /^<0x([0-9A-F]{2})>$/.exec(token)?.[1] : undefined;
	return byte === undefined ? encodeUtf8(token.replaceAll("▁", " ")) : Uint8Array.of(Number.parseInt(byte, 16));
}

function checkByteLevel(decoder: Fields | undefined, fields: Fields): FirstSpace {
	for (const part of parts(decoder)) {
		if (part.string("type") !== "ByteLevel")
			part.unsupported(`a ${part.string("type")} decoder after byte-level pieces is not supported`);
	}
	if (decoder === undefined) fields.fail("byte-level pieces have no decoder");
	return "kept";
}

function checkMetaspace(decoder: Fields | undefined, fields: Fields): FirstSpace {
	if (decoder === undefined) return fields.unsupported("a tokenizer without a decoder is not supported");
	let drops = false;
	for (const part of parts(decoder)) {
		const type = part.string("type");
		const pattern = type === "Replace" ? part.nested("pattern")?.raw("String") : undefined;
		if (type === "Metaspace")
			drops ||= part.string("prepend_scheme", "always") !== "never" && part.boolean("add_prefix_space", true);
		else if (type === "Strip" && part.string("content") === " " && part.integer("stop") === 0)
			drops ||= part.integer("start") > 0;
		else if (
			!(type === "Replace" && pattern === "▁" && part.string("content") === " ") &&
			type !== "ByteFallback" &&
			type !== "Fuse"
		) {
			part.unsupported(`a ${type} decoder is not supported here`);
		}
	}
	const prepends = JSON.stringify(fields.raw("normalizer") ?? null).includes('"Prepend"');
	return drops ? (prepends ? "dropped" : "droppedIfSingle") : "kept";
}

function parts(decoder: Fields | undefined): Fields[] {
	if (decoder === undefined) return [];
	return decoder.string("type") === "Sequence" ? nestedList(decoder, "decoders") : [decoder];
}
