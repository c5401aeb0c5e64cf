/** The adapted model in the editor's own Chat, wherever it offers models to choose from. */
import {
	type CancellationToken,
	type Disposable,
	EventEmitter,
	type LanguageModelChatInformation,
	LanguageModelChatMessageRole,
	type LanguageModelChatProvider,
	type LanguageModelChatRequestMessage,
	type LanguageModelResponsePart,
	LanguageModelTextPart,
	l10n,
	lm,
	type Progress,
	type ProvideLanguageModelChatResponseOptions,
} from "vscode";
import { AttuneError } from "#base/errors";
import { countTokens } from "#protocol/talking";
import type { Serving } from "../serving.ts";
import { conversationOf, textOf } from "./messages.ts";
import type { ChatModel } from "./model.ts";
import type { Talker } from "./sessions.ts";

export interface ProviderPorts {
	readonly talker: Talker;
	readonly model: ChatModel;
	readonly serving: Serving;
}

/** What the editor's Chat puts before a question needs room: shorter contexts would only ever refuse. */
const leastContext = 8_192;
const vendor = "attune";

export function registerModels(ports: ProviderPorts): Disposable[] {
	if (typeof lm?.registerLanguageModelChatProvider !== "function") return [];
	const provider = new AttuneModels(ports);
	const registered = lm.registerLanguageModelChatProvider(vendor, provider);
	// The editor asks a provider only once somebody has asked for its models.
	const announce = () => {
		if (provider.offered !== undefined) lm.selectChatModels({ vendor }).then(undefined, () => {});
	};
	announce();
	return [provider, registered, ports.model.onChange(announce)];
}

class AttuneModels implements LanguageModelChatProvider {
	readonly #ports: ProviderPorts;
	readonly #changed = new EventEmitter<void>();
	readonly #listener: Disposable;
	readonly onDidChangeLanguageModelChatInformation = this.#changed.event;
	#last: string | undefined;

	constructor(ports: ProviderPorts) {
		this.#ports = ports;
		this.#last = this.offered?.name;
		this.#listener = ports.model.onChange(() => {
			if (this.offered?.name === this.#last) return;
			this.#last = this.offered?.name;
			this.#changed.fire();
		});
	}

	/** undefined where the model's context is too short, or not known yet. */
	get offered(): LanguageModelChatInformation | undefined {
		const { facts } = this.#ports.model;
		if (facts === undefined || facts.context < leastContext) return undefined;
		const answer = Math.min(2_048, Math.floor(facts.context / 4));
		return {
			...{ id: "attune", name: `Attune: ${facts.model}`, family: facts.model, version: "1" },
			...{ maxInputTokens: facts.context - answer, maxOutputTokens: answer },
			detail: l10n.t("on this machine"),
			tooltip: l10n.t("Runs on this machine; nothing leaves it. It calls no tools."),
			// In its agent mode, which it begins in, the editor's Chat lists no model without it, and refuses even `@attune` where none is chosen.
			capabilities: { toolCalling: true, imageInput: false },
		};
	}

	provideLanguageModelChatInformation(): LanguageModelChatInformation[] {
		const { offered } = this;
		return offered === undefined ? [] : [offered];
	}

	async provideLanguageModelChatResponse(
		{ maxOutputTokens }: LanguageModelChatInformation,
		messages: readonly LanguageModelChatRequestMessage[],
		_: ProvideLanguageModelChatResponseOptions,
		progress: Progress<LanguageModelResponsePart>,
		token: CancellationToken,
	): Promise<void> {
		const abort = new AbortController();
		token.onCancellationRequested(() => abort.abort());
		const said = messages.map(({ role, content }) => ({
			role: role === LanguageModelChatMessageRole.Assistant ? ("assistant" as const) : ("user" as const),
			content: textOf(content),
		}));
		const params = { ...conversationOf(said), conversation: "editor", useContext: false, seed: 42 };
		try {
			await this.#ports.talker.ask(
				{ ...params, maxTokens: maxOutputTokens },
				{
					signal: abort.signal,
					onPart(part) {
						if (part.kind === "text") progress.report(new LanguageModelTextPart(part.text));
					},
				},
			);
		} catch (error) {
			if (!(error instanceof AttuneError)) throw error;
			// All that the editor's Chat shows of a failure.
			throw new Error(`${error.message}. ${error.remedy}`, { cause: error });
		}
	}

	async provideTokenCount(
		_: LanguageModelChatInformation,
		text: string | LanguageModelChatRequestMessage,
	): Promise<number> {
		const { serving } = this.#ports;
		await serving.ready();
		const counted = { text: typeof text === "string" ? text : textOf(text.content) };
		return (await serving.supervisor.call(countTokens, counted)).tokens;
	}

	dispose(): void {
		this.#listener.dispose();
		this.#changed.dispose();
	}
}
