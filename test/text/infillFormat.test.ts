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
	const rows: [family: string, orders: string[], markers: string[]][] = [
		["qwen", ["psm"], ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|endoftext|>"]],
		["starcoder", ["spm", "psm"], ["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<|endoftext|>"]],
		["deepseek", ["psm"], ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<｜end▁of▁sentence｜>"]],
		["codellama", ["psm", "spm"], ["▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"]],
		[
			"attune",
			["spm", "psm"],
			["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|endoftext|>", "<|assistant|>"],
		],
		["codegemma", ["psm"], ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_separator|>"]],
		["granite", ["psm"], ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|end_of_text|>", "<|filename|>"]],
		["starcoder2", ["psm"], ["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<|endoftext|>", "<file_sep>"]],
	];
	for (const [family, orders, markers] of rows) {
		it(`knows the markers of ${family} and the order it is asked in`, () => {
			const format = detectInfillFormat(vocabulary(...markers));
			equal(format?.family, family);
			deepEqual([format?.prefix, format?.suffix, format?.middle, format?.end], [100, 101, 102, 103]);
			deepEqual(format?.orders, orders);
		});

		it(`reads after a typed key ${orders[0] === "spm" ? "the new ids alone" : "from the suffix on"}: ${family}`, () => {
			const format = detectInfillFormat(vocabulary(...markers));
			if (format === undefined) throw new Error("not detected");
			const [prefix, suffix] = [
				[1, 2, 3],
				[4, 5],
			];
			const ask = (typed: number[]) => [
				...infillPrompt(format, format.orders[0] ?? "psm", [], [...prefix, ...typed], suffix).tokens,
			];
			const [before, after] = [ask([]), ask([6])];
			const same = after.findIndex((id, i) => id !== before[i]);
			equal(same, orders[0] === "spm" ? before.length : 1 + prefix.length);
		});
	}

	it("wants all three markers, and falls back to any end of text", () => {
		equal(detectInfillFormat(vocabulary("<fim_prefix>", "<fim_suffix>")), undefined);
		equal(detectInfillFormat(vocabulary("<fim_prefix>", "<fim_suffix>", "<fim_middle>"))?.end, 199);
	});

	it("knows Codestral, whose middle follows the prefix without a marker", () => {
		const format = detectInfillFormat(vocabulary("[PREFIX]", "[SUFFIX]", "</s>"));
		if (format === undefined) throw new Error("not detected");
		deepEqual([format.family, format.orders, format.end], ["codestral", ["spm"], 102]);
		deepEqual([...infillPrompt(format, "spm", [1], [7], [8]).tokens], [1, 101, 8, 100, 7]);
	});

	it("knows how files of a repository follow each other", () => {
		const markers = ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"];
		equal(detectInfillFormat(vocabulary(...markers))?.repository, undefined);
		const format = detectInfillFormat(vocabulary(...markers, "<|repo_name|>", "<|file_sep|>"));
		deepEqual(format?.repository, { name: 103, nameEnd: "\n", file: 104 });
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
