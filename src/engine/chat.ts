/** Talking about a project: a conversation whose questions bring the parts of the project that they are about. */
import { Chat, type ChatEvent, chatSampling } from "#assist/chat";
import { type ContextItem, fitItem, showContext } from "#assist/retrieval";
import type { CancelToken } from "#base/cancel";
import type { ChatMessage } from "#text/chatTemplate";
import { ChatContext } from "./chatContext.ts";
import { type ChatModelOptions, type OpenChatModel, openChatModel } from "./chatModel.ts";

export interface ConversationOptions {
	readonly seed: number;
	/** Most tokens of one answer. */
	readonly maxTokens: number;
	/** Names the keys and values kept between questions; default "chat". */
	readonly sequence?: string;
}

export interface ProjectChatOptions extends ChatModelOptions, ConversationOptions {
	/** Files and folders to look things up in; none: the model alone. */
	readonly roots: readonly string[];
}

export type ContextShown = Pick<ContextItem, "path" | "lines">;

/** Before an answer, what of the project the model was shown for it; then the answer's own events. */
export type ProjectChatEvent = { readonly kind: "context"; readonly context: readonly ContextShown[] } | ChatEvent;

const system = "You are a programming assistant. Answer briefly, from the parts of the project that you are shown.";
const mostItems = 8;
/** Of the model's context, for parts of the project; what is attached by hand may take more of it. */
const contextShare = 1 / 3;
const attachedShare = 1 / 2;

/** Release it at the end. One answer at a time. */
export class ProjectChat {
	readonly #model: OpenChatModel;
	readonly #context: ChatContext | undefined;
	readonly #chat: Chat;
	/** Whether questions bring parts of the project. */
	useContext = true;

	static async open(options: ProjectChatOptions): Promise<ProjectChat> {
		const { roots, home, cancel } = options;
		const context = roots.length === 0 ? undefined : await ChatContext.open(roots, home, cancel);
		return new ProjectChat(await openChatModel(options), context, options);
	}

	/** Over a model and an index that are there already; `sequence` keeps several conversations apart. */
	constructor(
		model: OpenChatModel,
		context: ChatContext | undefined,
		{ seed, maxTokens, sequence = "chat" }: ConversationOptions,
		messages: readonly ChatMessage[] = [],
	) {
		this.#model = model;
		this.#context = context;
		this.#chat = new Chat(
			model,
			{
				sequence,
				sampling: { ...chatSampling, ...(model.style === "sentence" && { noRepeatNgram: 4 }), seed },
				maxTokens,
				system: model.style === "sentence" || model.format.kind === "plain" ? "" : system,
			},
			messages,
		);
	}

	get model(): string {
		return this.#model.name;
	}

	/** What the user should know before the first answer. */
	get notice(): string | undefined {
		return this.#model.notice;
	}

	get messages(): readonly ChatMessage[] {
		return this.#chat.messages;
	}

	/** `attached` is shown first, cut at the end where it is too long; what of the project fits the question has the rest. */
	async *ask(
		question: string,
		cancel: CancelToken,
		attached: readonly ContextItem[] = [],
	): AsyncGenerator<ProjectChatEvent, void, undefined> {
		const { text, used } = this.#contextOf(question, attached);
		if (used.length > 0) yield { kind: "context", context: used.map(({ path, lines }) => ({ path, lines })) };
		yield* this.#chat.ask(question, text, cancel);
	}

	/** Another answer to the last question. */
	async *regenerate(cancel: CancelToken): AsyncGenerator<ProjectChatEvent, void, undefined> {
		const question = this.#chat.messages.findLast(({ role }) => role === "user")?.content ?? "";
		yield* this.#chat.regenerate(this.#contextOf(question).text, cancel);
	}

	/** Forgets the last question and its answer, to ask otherwise; returns the question. */
	takeBack(): string | undefined {
		return this.#chat.takeBack();
	}

	clear(): void {
		this.#chat.clear();
	}

	release(): Promise<void> {
		return this.#model.release();
	}

	#contextOf(question: string, attached: readonly ContextItem[] = []): ReturnType<typeof showContext> {
		const { tokenizer } = this.#model;
		const most = this.#chat.roomFor(question, attachedShare);
		const kept: ContextItem[] = [];
		for (const item of attached) {
			const left = most - showContext(kept, most, tokenizer).tokens;
			const fitting = fitItem(item, left, tokenizer);
			if (fitting !== undefined) kept.push(fitting);
		}
		const found = this.useContext ? (this.#context?.find(question, mostItems) ?? []) : [];
		const others = found.filter((item) => !kept.some((shown) => overlaps(item, shown)));
		const byHand = showContext(kept, most, tokenizer).tokens;
		return showContext([...kept, ...others], Math.max(byHand, this.#chat.roomFor(question, contextShare)), tokenizer);
	}
}

function overlaps(a: ContextShown, b: ContextShown): boolean {
	return a.path === b.path && a.lines[0] <= b.lines[1] && b.lines[0] <= a.lines[1];
}
