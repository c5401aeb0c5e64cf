/** Conversations through chat templates, against transformers' apply_chat_template. */
import { deepEqual, equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type ChatMessage, openChatFormat } from "#text/chatTemplate";
import { loadTokenizer } from "#text/loadTokenizer";
import type { TemplateTokenizer } from "#text/tokenizer";
import { goldenJson } from "./tokenizerGolden.ts";

/** What tools/golden/chat.py wrote. */
interface ChatGolden {
	readonly styles: Readonly<
		Record<
			string,
			{
				readonly tokenizer: string;
				readonly added: readonly { readonly id: number; readonly content: string; readonly special: boolean }[];
				readonly bos: string | null;
				readonly eos: string;
				readonly prompts: readonly { readonly messages: readonly ChatMessage[]; readonly ids: readonly number[] }[];
			}
		>
	>;
}

const folder = "test/golden/fixtures/chat";
const golden = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")) as ChatGolden;

describe("golden/chat", () => {
	for (const [style, { tokenizer: name, added, bos, eos, prompts }] of Object.entries(golden.styles)) {
		const { added_tokens: known, ...rest } = goldenJson(name) as { added_tokens: object[] };
		const json = { ...rest, added_tokens: [...known, ...added.map((token) => ({ ...token, normalized: false }))] };
		const tokenizerConfig = { bos_token: bos, eos_token: { content: eos } };
		const tokenizer: TemplateTokenizer = loadTokenizer({ tokenizer: json, tokenizerConfig, file: name });
		const jinja = readFileSync(`${folder}/${style}.jinja`, "utf8");

		it(`lays conversations out as transformers does: ${style}`, () => {
			const format = openChatFormat({ jinja, tokenizerConfig, file: style }, tokenizer);
			deepEqual([format.kind, format.reason], ["template", undefined]);
			for (const { messages, ids } of prompts)
				deepEqual([...format.prompt(messages)], [...ids], JSON.stringify(messages));
			equal(format.stop.includes(tokenizer.special(eos) ?? -1), true);
		});

		it(`takes the template of tokenizer_config.json, alone or among others: ${style}`, () => {
			for (const template of [
				jinja,
				[
					{ name: "tool_use", template: "{{ 1 }}" },
					{ name: "default", template: jinja },
				],
			]) {
				const config = { ...tokenizerConfig, chat_template: template };
				const format = openChatFormat({ jinja: undefined, tokenizerConfig: config, file: style }, tokenizer);
				for (const { messages, ids } of prompts) deepEqual([...format.prompt(messages)], [...ids]);
			}
		});
	}
});
