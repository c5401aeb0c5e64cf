import { deepEqual, equal, ok } from "node:assert/strict";
import { buildPrompt } from "#assist/prompt/build";
import { TokenCache } from "#assist/prompt/tokenCache";
import { detectInfillFormat, markerSpellings } from "#text/infillFormat";
import { loadTokenizer } from "#text/loadTokenizer";
import { goldenJson, goldenTokenizer } from "./tokenizerGolden.ts";

const names = ["qwen2", "starcoder", "deepseek", "llama2", "llama3", "mistral", "gpt2", "metaspace"];

describe("golden/infillMarkers", () => {
	for (const name of names) {
		it(`${name}: what a user writes is never a special token`, () => {
			const tokenizer = goldenTokenizer(name);
			const added = (goldenJson(name) as { added_tokens?: { content: string }[] }).added_tokens ?? [];
			const text = [...markerSpellings, ...added.map(({ content }) => content)].join("\n x");
			for (const continues of [false, true])
				ok(tokenizer.encode(text, continues).every((id) => tokenizer.byteLength(id) > 0));
		});

		it(`${name}: the prompt's only special tokens are its own`, () => {
			// Any vocabulary can be given markers: they stand behind its last id.
			const json = structuredClone(goldenJson(name)) as { added_tokens?: object[] };
			const markers = [
				"<|fim_prefix|>",
				"<|fim_suffix|>",
				"<|fim_middle|>",
				"<|file_sep|>",
				"<|repo_name|>",
				"<|assistant|>",
			];
			const { size } = goldenTokenizer(name);
			const flags = { special: true, normalized: false, single_word: false, lstrip: false, rstrip: false };
			json.added_tokens = [
				...(json.added_tokens ?? []).filter((token) => !markers.includes((token as { content: string }).content)),
				...markers.map((content, i) => ({ id: size + i, content, ...flags })),
			];
			const tokenizer = loadTokenizer({ tokenizer: json, file: `${name}.json` });
			const format = detectInfillFormat(tokenizer);
			if (format === undefined) throw new Error("no format");
			equal(format.family, "attune");
			const text = `${markerSpellings.join(" ")}\n`;
			const other = { path: `b${text}`, from: 0, to: 1, text };
			const parts = { path: text, language: "typescript", repository: text, prefix: text, suffix: text };
			const prompt = buildPrompt(
				{ ...parts, stable: [other], recent: [other] },
				format,
				5000,
				new TokenCache(tokenizer),
			);
			const specials = [...(prompt?.tokens ?? [])].filter((id) => tokenizer.byteLength(id) === 0);
			const { file = -1, name: repository = -1 } = format.repository ?? {};
			const own = [repository, file, file, file, format.prefix, format.suffix, format.middle];
			deepEqual(specials, [...tokenizer.documentStart, ...own]);
		});
	}
});
