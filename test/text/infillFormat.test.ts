import { deepEqual, equal } from "node:assert/strict";
import { detectInfillFormat, infillPrompt } from "#text/infillFormat";
import type { Tokenizer } from "#text/tokenizer";

/** A vocabulary that has exactly these special tokens, numbered from 100. */
function vocabulary(...tokens: string[]): Tokenizer {
	return {
		size: 200,
		documentStart: [],
		endOfText: new Set([199]),
		encode: () => new Int32Array(),
		decode: () => "",
		byteLength: () => 0,
		special: (token) => (tokens.includes(token) ? 100 + tokens.indexOf(token) : undefined),
	};
}

describe("text/infillFormat", () => {
	const rows: [string, string[]][] = [
		["qwen", ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|endoftext|>"]],
		["starcoder", ["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<|endoftext|>"]],
		["deepseek", ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<｜end▁of▁sentence｜>"]],
		["codellama", ["▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"]],
	];
	for (const [family, markers] of rows) {
		it(`knows the markers of ${family}`, () => {
			const format = detectInfillFormat(vocabulary(...markers));
			equal(format?.family, family);
			deepEqual([format?.prefix, format?.suffix, format?.middle, format?.end], [100, 101, 102, 103]);
		});
	}

	it("wants all three markers, and falls back to any end of text", () => {
		equal(detectInfillFormat(vocabulary("<fim_prefix>", "<fim_suffix>")), undefined);
		equal(detectInfillFormat(vocabulary("<fim_prefix>", "<fim_suffix>", "<fim_middle>"))?.end, 199);
	});

	it("lays out both orders", () => {
		const format = detectInfillFormat(vocabulary("<fim_prefix>", "<fim_suffix>", "<fim_middle>"));
		if (format === undefined) throw new Error("not detected");
		const psm = infillPrompt(format, "psm", [7], [1, 2], [3]);
		deepEqual([[...psm.tokens], psm.prefixAt], [[7, 100, 1, 2, 101, 3, 102], 2]);
		const spm = infillPrompt(format, "spm", [], [1, 2], [3]);
		deepEqual([[...spm.tokens], spm.prefixAt], [[100, 101, 3, 102, 1, 2], 4]);
	});
});
