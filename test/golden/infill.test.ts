/** Infilling prompts against Code Llama's tokenizer in transformers: a piece after a marker gets no space of the tokenizer's own. */
import { deepEqual, equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { linePrompt } from "#adapt/lineInfill";
import { defined } from "#base/assert";
import { detectInfillFormat, infillPrompt } from "#text/infillFormat";
import { loadTokenizer } from "#text/loadTokenizer";
import { goldenJson, goldenTokenizer } from "./tokenizerGolden.ts";

/** What tools/golden/infill.py wrote. */
interface InfillGolden {
	readonly markers: Readonly<Record<string, number>>;
	readonly prompts: readonly {
		readonly prefix: string;
		readonly suffix: string;
		readonly psm: readonly number[];
		readonly spm: readonly number[];
	}[];
	readonly continuing: Readonly<Record<string, readonly { readonly text: string; readonly ids: readonly number[] }[]>>;
}

const golden = JSON.parse(readFileSync("test/golden/fixtures/tokenizer/infill.json", "utf8")) as InfillGolden;

describe("golden/infill", () => {
	const { added_tokens: added, ...rest } = goldenJson("llama2") as { added_tokens: { content: string }[] };
	const markers = Object.entries(golden.markers).map(([content, id]) => ({ id, content, special: true }));
	const tokenizer = loadTokenizer({
		tokenizer: { ...rest, added_tokens: [...added.filter(({ content }) => !(content in golden.markers)), ...markers] },
		file: "codellama",
	});

	for (const { prefix, suffix, psm, spm } of golden.prompts) {
		it(`asks for the text between ${JSON.stringify(prefix)} and ${JSON.stringify(suffix)} as Code Llama does`, () => {
			const format = defined(detectInfillFormat(tokenizer), "format");
			equal(format.family, "codellama");
			deepEqual([...linePrompt(prefix, suffix, 16, tokenizer, 256)], psm);
			const start = tokenizer.documentStart;
			const pieces = [tokenizer.encode(prefix), tokenizer.encode(suffix, true)] as const;
			deepEqual([...infillPrompt(format, "spm", start, ...pieces).tokens], spm);
		});
	}

	for (const [name, cases] of Object.entries(golden.continuing)) {
		it(`goes on where a text broke off as Python does with prepend_scheme "never": ${name}`, () => {
			const plain = goldenTokenizer(name);
			for (const { text, ids } of cases) {
				deepEqual([...plain.encode(text, true)], ids, text);
				equal(plain.decode(ids, true), text);
			}
		});
	}

	it("puts text back together where it was cut, whatever opens a text", () => {
		for (const name of ["llama2", "mistral", "metaspace", "qwen2"]) {
			const plain = goldenTokenizer(name);
			for (const { prefix, suffix } of golden.prompts) {
				const ids = [...plain.encode(prefix), ...plain.encode(suffix, true)];
				if (!/▁|^ /.test(prefix)) equal(plain.decode(ids), prefix + suffix, name);
			}
		}
	});
});
