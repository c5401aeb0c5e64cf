/** Chat templates: Jinja text from a model's files, rendered to ids in which no message can forge a control token. */
import { AttuneError, messageOf } from "#base/errors";
import { BoundedTemplate } from "./boundedTemplate.ts";
import { type ReasoningMarks, reasoningMarks } from "./reasoning.ts";
import type { TemplateTokenizer } from "./tokenizer.ts";

export interface ChatMessage {
	readonly role: "system" | "user" | "assistant";
	readonly content: string;
}

/** How a conversation becomes ids. */
export interface ChatFormat {
	/** "plain" where the files hold no template that works; `reason` says why. */
	readonly kind: "template" | "plain";
	readonly reason: PlainReason | undefined;
	/** The messages and the beginning of the next answer. Throws AttuneError "config" for messages that the template refuses. */
	prompt(messages: readonly ChatMessage[]): Int32Array;
	/** Ids that end an answer. */
	readonly stop: readonly number[];
	/** Text that ends an answer. */
	readonly stopTexts: readonly string[];
	/** Around what the model thinks first, if it has marks for that. */
	readonly reasoning: ReasoningMarks | undefined;
}

export interface PlainReason {
	readonly kind: "noTemplate" | "brokenTemplate";
	/** For people. */
	readonly detail: string;
}

export interface ChatFiles {
	/** `chat_template.jinja`, which counts before the other. */
	readonly jinja: string | undefined;
	/** `tokenizer_config.json`, parsed. */
	readonly tokenizerConfig: unknown;
	/** Of the template, for messages. */
	readonly file: string;
}

/** The format of a model; never throws: a template that is missing or broken gives the plain format and the reason. */
export function openChatFormat(files: ChatFiles, tokenizer: TemplateTokenizer): ChatFormat {
	const source = chatTemplateOf(files);
	if (source === undefined)
		return plainFormat(tokenizer, { kind: "noTemplate", detail: "this model has no chat template" });
	try {
		return templateFormat(source, files, tokenizer);
	} catch (error) {
		const detail = `the chat template does not work (${messageOf(error).split("\n")[0]})`;
		return plainFormat(tokenizer, { kind: "brokenTemplate", detail });
	}
}

/** The template's text, if the files hold one. */
export function chatTemplateOf({
	jinja,
	tokenizerConfig,
}: Pick<ChatFiles, "jinja" | "tokenizerConfig">): string | undefined {
	return jinja ?? templateIn(tokenizerConfig);
}

/** `chat_template` is a text, or a list of named ones. */
function templateIn(tokenizerConfig: unknown): string | undefined {
	const { chat_template: template } = (tokenizerConfig ?? {}) as { chat_template?: unknown };
	if (typeof template === "string") return template;
	if (!Array.isArray(template)) return undefined;
	const named = template as readonly { readonly name?: unknown; readonly template?: unknown }[];
	const chosen = named.find(({ name }) => name === "default") ?? named[0];
	return typeof chosen?.template === "string" ? chosen.template : undefined;
}

/** There, and none, as transformers has them; models that may think first are told not to, as Qwen3's template names it. */
const given = { tools: null, documents: null, enable_thinking: false };

const probe: readonly ChatMessage[] = [
	{ role: "user", content: "a" },
	{ role: "assistant", content: "b" },
	{ role: "user", content: "c" },
];

/** Throws whatever the template throws on the plainest of conversations. */
function templateFormat(
	source: string,
	{ tokenizerConfig, file }: ChatFiles,
	tokenizer: TemplateTokenizer,
): ChatFormat {
	const template = new BoundedTemplate(source);
	const names = namedTokens(tokenizerConfig);
	const controls = new ControlText(tokenizer);
	const render = (messages: readonly ChatMessage[]): Int32Array => {
		const { shield, protect } = controls.shieldFor([source, ...messages.map(({ content }) => content)]);
		const shielded = messages.map(({ role, content }) => ({ role, content: protect(content) }));
		return controls.encode(
			template.render({ ...names, ...given, messages: shielded, add_generation_prompt: true }),
			shield,
		);
	};
	const reasoning = reasoningMarks(tokenizer.special);
	const markers = render(probe).filter(
		(id) => tokenizer.byteLength(id) === 0 && id !== reasoning?.open && id !== reasoning?.close,
	);
	return {
		kind: "template",
		reason: undefined,
		prompt(messages) {
			try {
				return render(messages);
			} catch (error) {
				// Some families know no system message: theirs goes into the first question.
				const folded = foldSystem(messages);
				if (folded === undefined) throw refused(error, file);
				try {
					return render(folded);
				} catch {
					throw refused(error, file);
				}
			}
		},
		stop: [...new Set([...tokenizer.endOfText, ...markers])],
		stopTexts: [],
		reasoning,
	};
}

function refused(error: unknown, file: string): AttuneError {
	return new AttuneError("config", `the chat template refuses these messages (${messageOf(error).split("\n")[0]})`, {
		file,
		remedy: "Begin a new conversation: questions and answers must take turns.",
		cause: error,
	});
}

function foldSystem(messages: readonly ChatMessage[]): readonly ChatMessage[] | undefined {
	const [system, first, ...rest] = messages;
	if (system?.role !== "system" || first?.role !== "user") return undefined;
	return [{ role: "user", content: `${system.content}\n\n${first.content}` }, ...rest];
}

/** `bos_token` and its like: a text, or an object with `content`. */
function namedTokens(tokenizerConfig: unknown): Readonly<Record<string, string>> {
	const config = (tokenizerConfig ?? {}) as Readonly<Record<string, unknown>>;
	const names = ["bos_token", "eos_token", "unk_token", "pad_token"];
	return Object.fromEntries(
		names.map((name) => {
			const token = config[name];
			const content = typeof token === "object" && token !== null ? (token as { content?: unknown }).content : token;
			return [name, typeof content === "string" ? content : ""];
		}),
	);
}

/** Tells control tokens that the template wrote from those that a message spells. */
class ControlText {
	readonly #tokenizer: TemplateTokenizer;
	readonly #spellings: readonly string[];
	readonly #pattern: RegExp;

	constructor(tokenizer: TemplateTokenizer) {
		this.#tokenizer = tokenizer;
		this.#spellings = [...tokenizer.controls.keys()].sort((a, b) => b.length - a.length);
		const alternatives = this.#spellings.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
		this.#pattern = new RegExp(alternatives.length === 0 ? "(?!)" : alternatives.join("|"), "g");
	}

	/**
	 * A character that no text here holds, and how to put it into messages: inside of what spells a control token, and where an end
	 * of the message could make one with the text beside it. It is taken out again before anything is encoded.
	 */
	shieldFor(texts: readonly string[]): { readonly shield: string; readonly protect: (content: string) => string } {
		let code = 0xe000;
		while (texts.some((text) => text.includes(String.fromCharCode(code)))) code++;
		const shield = String.fromCharCode(code);
		const protect = (content: string): string => {
			const inside = content.replace(this.#pattern, (token) => token[0] + shield + token.slice(1));
			const text = inside.trim();
			const at = inside.length - inside.trimStart().length;
			const opens = this.#spellings.some((token) => prefixes(token).some((part) => text.endsWith(part)));
			const closes = this.#spellings.some((token) => suffixes(token).some((part) => text.startsWith(part)));
			const [before, after] = [inside.slice(0, at), inside.slice(at + text.length)];
			return before + (closes ? shield : "") + text + (opens ? shield : "") + after;
		};
		return { shield, protect };
	}

	/** Ids of rendered text: control tokens where they are spelled whole, plain text elsewhere. */
	encode(rendered: string, shield: string): Int32Array {
		const ids: number[] = [];
		let end = 0;
		const plain = (text: string): void => {
			if (text === "") return;
			const { encode, encodeAfterControl } = this.#tokenizer;
			for (const id of ids.length === 0 ? encode(text) : encodeAfterControl(text)) ids.push(id);
		};
		for (const { 0: token, index } of rendered.matchAll(this.#pattern)) {
			plain(rendered.slice(end, index).replaceAll(shield, ""));
			ids.push(this.#tokenizer.controls.get(token) ?? 0);
			end = index + token.length;
		}
		plain(rendered.slice(end).replaceAll(shield, ""));
		return Int32Array.from(ids);
	}
}

function prefixes(token: string): string[] {
	return Array.from({ length: token.length - 1 }, (_, i) => token.slice(0, i + 1));
}

function suffixes(token: string): string[] {
	return Array.from({ length: token.length - 1 }, (_, i) => token.slice(i + 1));
}

const speakers: Readonly<Record<ChatMessage["role"], string>> = {
	system: "",
	user: "User: ",
	assistant: "Assistant: ",
};

/** For models without a template: a transcript that the model goes on with. */
function plainFormat(tokenizer: TemplateTokenizer, reason: PlainReason): ChatFormat {
	return {
		kind: "plain",
		reason,
		prompt(messages) {
			const turns = messages.map(({ role, content }) => `${speakers[role]}${content}\n\n`);
			const { documentStart, encode } = tokenizer;
			return Int32Array.from([...documentStart, ...encode(`${turns.join("")}Assistant:`)]);
		},
		stop: [...tokenizer.endOfText],
		stopTexts: ["\nUser:", "\nAssistant:"],
		reasoning: reasoningMarks(tokenizer.special),
	};
}
