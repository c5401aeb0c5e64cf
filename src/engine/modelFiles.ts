/** The small files of a model folder, read and checked against each other; the weights are for others. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ExplainStyle, explainStyle } from "#assist/explain";
import { type ModelConfig, parseConfig } from "#models/config";
import { readJson, readJsonIfThere } from "#runtime/jsonFile";
import { type ChatFiles, type ChatFormat, openChatFormat } from "#text/chatTemplate";
import { checkTokenizer, loadTokenizer } from "#text/loadTokenizer";
import type { TemplateTokenizer } from "#text/tokenizer";

export interface ModelFiles {
	readonly config: ModelConfig;
	readonly tokenizer: TemplateTokenizer;
	readonly chatTemplate: boolean;
}

/** Throws AttuneError "config", "tokenizer" or "unsupported" that names the file. */
export function readModelFiles(folder: string): ModelFiles {
	const path = (name: string): string => join(folder, name);
	const config = parseConfig(readJson(path("config.json"), "config"), path("config.json"));
	const tokenizerConfig = readJsonIfThere(path("tokenizer_config.json"), "tokenizer");
	const file = path("tokenizer.json");
	const { bosId, eosIds } = config;
	const tokenizer = loadTokenizer({ tokenizer: readJson(file, "tokenizer"), tokenizerConfig, bosId, eosIds, file });
	checkTokenizer(tokenizer, config, file);
	const inConfig =
		typeof tokenizerConfig === "object" && tokenizerConfig !== null && "chat_template" in tokenizerConfig;
	return { config, tokenizer, chatTemplate: inConfig || existsSync(path("chat_template.jinja")) };
}

/** What decides how the model is talked to. Throws AttuneError "tokenizer" if tokenizer_config.json is no JSON. */
export function readChatFiles(folder: string): ChatFiles {
	const [config, jinja] = ["tokenizer_config.json", "chat_template.jinja"].map((name) => join(folder, name)) as [
		string,
		string,
	];
	const there = existsSync(jinja);
	return {
		jinja: there ? readFileSync(jinja, "utf8") : undefined,
		tokenizerConfig: readJsonIfThere(config, "tokenizer"),
		file: there ? jinja : config,
	};
}

/** How the model is talked to. */
export interface ChatStyle {
	readonly format: ChatFormat;
	readonly style: ExplainStyle;
}

export function chatStyleOf(folder: string, tokenizer: TemplateTokenizer): ChatStyle {
	const format = openChatFormat(readChatFiles(folder), tokenizer);
	return { format, style: explainStyle(format, tokenizer) };
}

/** Whether the model was taught to hold a conversation. */
export function converses({ format, style }: ChatStyle): boolean {
	return format.kind === "template" && style === "full";
}
