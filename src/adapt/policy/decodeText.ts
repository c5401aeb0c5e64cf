import type { SkipReason } from "../source.ts";
import type { Skip } from "./policy.ts";

/** `utf8`: the bytes of `text`, which may be those given. */
export type Decoded = { readonly kind: "text"; readonly text: string; readonly utf8: Uint8Array } | Skip;

/**
 * The text of a file, exactly: encoding a UTF-8 file's text gives its bytes back. Its byte order mark, where there is one, stays
 * as U+FEFF; line ends stay. UTF-16 is read where a byte order mark says so, and the mark is dropped, since the text no longer
 * is in that encoding. Nothing is repaired: a file with one invalid byte is `invalidText`.
 */
export function decodeText(bytes: Uint8Array): Decoded {
	if (bytes.length === 0) return skip("empty", "no bytes");
	const utf16 = utf16Mark(bytes);
	if (utf16 !== undefined) return decodeUtf16(bytes, utf16);
	const binary = binaryStart(bytes, bytes.length);
	if (binary !== undefined) return binary;
	// It holds NUL bytes and is no binary.
	if (bytes.includes(0)) return skip("invalidText", "looks like UTF-16 without a byte order mark");
	const text = strictDecode(utf8, bytes);
	if (text === undefined) return skip("invalidText", "not valid UTF-8");
	return { kind: "text", text, utf8: bytes };
}

/** What is wrong with a file of `length` bytes whose first ones say that it is no text; undefined where the rest must be seen. */
export function binaryStart(start: Uint8Array, length: number): Skip | undefined {
	if (utf16Mark(start) !== undefined) return undefined;
	if (start.includes(0)) return looksLikeUtf16(start, length) ? undefined : skip("binary", "holds NUL bytes");
	for (const magic of binaryMagic) if (startsWith(start, magic)) return skip("binary", `starts like ${magic}`);
	return controlShare(start) > 0.1 ? skip("binary", "holds many control characters") : undefined;
}

/** The parts of the web's TextDecoder and TextEncoder that are used; Node, browsers and Electron all have them. */
declare class TextDecoder {
	constructor(encoding: string, options: { fatal: boolean; ignoreBOM: boolean });
	decode(bytes: Uint8Array): string;
}
declare class TextEncoder {
	encode(text: string): Uint8Array;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Formats that may hold neither NUL nor invalid UTF-8 at their start. */
const binaryMagic = ["%PDF-", "%!PS-Adobe", "PK\u0003\u0004", "GIF8", "{\\rtf"];

function utf16Mark(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
	return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : undefined;
}

function decodeUtf16(bytes: Uint8Array, encoding: string): Decoded {
	if (bytes.length % 2 === 1) return skip("invalidText", `${encoding} with half a character at its end`);
	const text = strictDecode(new TextDecoder(encoding, { fatal: true, ignoreBOM: true }), bytes)?.slice(1);
	if (text === undefined) return skip("invalidText", `not valid ${encoding}`);
	if (text === "") return skip("empty", "only a byte order mark");
	if (text.includes("\0")) return skip("binary", "holds NUL characters");
	return { kind: "text", text, utf8: new TextEncoder().encode(text) };
}

function strictDecode(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
	try {
		return decoder.decode(bytes);
	} catch {
		return undefined;
	}
}

/** Nearly every other byte is NUL, as in western text at two bytes a character. */
function looksLikeUtf16(bytes: Uint8Array, total: number): boolean {
	const length = Math.min(bytes.length, 4096);
	let [even, odd] = [0, 0];
	for (let i = 0; i < length; i += 2) {
		if (bytes[i] === 0) even++;
		if (bytes[i + 1] === 0 && i + 1 < length) odd++;
	}
	return total % 2 === 0 && Math.max(even, odd) > 0.4 * length && Math.min(even, odd) < 0.02 * length;
}

const controlShare = createControlCounter();

function createControlCounter(): (bytes: Uint8Array) => number {
	const controls = Uint8Array.from({ length: 256 }, (_, byte) =>
		byte < 9 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127 ? 1 : 0,
	);
	return (bytes) => {
		const length = Math.min(bytes.length, 4096);
		let count = 0;
		for (let i = 0; i < length; i++) count += controls[bytes[i] as number] as number;
		return count / length;
	};
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
	for (let i = 0; i < magic.length; i++) if (bytes[i] !== magic.charCodeAt(i)) return false;
	return true;
}

function skip(reason: SkipReason, detail: string): Skip {
	return { kind: "skip", reason, detail };
}
