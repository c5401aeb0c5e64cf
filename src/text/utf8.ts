/** UTF-8, through the two classes that every JavaScript host has; the pure layers know no host, so they are declared here. */

declare class TextEncoder {
	encode(text: string): Uint8Array;
}

declare class TextDecoder {
	constructor(label: string, options: { ignoreBOM: boolean });
	decode(bytes: Uint8Array): string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
	return encoder.encode(text);
}

/** Invalid sequences become U+FFFD; a byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string {
	return decoder.decode(bytes);
}
