import type { TokenWindow } from "./learner.ts";

/**
 * A name for what scoring a window depends on: its tokens, where scoring starts, and the model (`modelId`: a hash of
 * weights and tokenizer). 128 bits: two different windows of one machine never share a name by chance.
 */
export function windowKey(window: TokenWindow, modelId: string): string {
	let a = 0x9e3779b1 ^ window.scoreFrom;
	let b = 0x85ebca6b ^ window.tokens.length;
	let c = 0x27d4eb2f;
	let d = 0x165667b1;
	const mix = (value: number): void => {
		a = Math.imul(a ^ value, 0x9e3779b1);
		a = (a << 13) | (a >>> 19);
		b = Math.imul(b ^ value, 0x85ebca77);
		b = (b << 17) | (b >>> 15);
		c = Math.imul(c + value, 0xc2b2ae3d);
		c ^= c >>> 16;
		d = (Math.imul(d, 0x01000193) + value) | 0;
		d = (d << 5) | (d >>> 27);
	};
	for (const token of window.tokens) mix(token);
	for (let i = 0; i < modelId.length; i++) mix(modelId.charCodeAt(i));
	return [a ^ (c >>> 7), b ^ (d >>> 9), c ^ b, d ^ a].map(hex).join("");
}

function hex(value: number): string {
	const mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d);
	return ((mixed ^ (mixed >>> 15)) >>> 0).toString(16).padStart(8, "0");
}
