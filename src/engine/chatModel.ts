/** A model opened to talk: its decoder, with the workspace's adapter if there is one, and its chat format. */
import type { ChatModel } from "#assist/chat";
import type { Decoder } from "#assist/decoder";
import type { ExplainStyle } from "#assist/explain";
import type { CancelToken } from "#base/cancel";
import type { WeightFormat } from "#models/decodeGraph";
import { countParameters } from "#models/parameters";
import type { SessionTarget } from "#runtime/graphSession";
import type { TemplateTokenizer } from "#text/tokenizer";
import type { Home } from "./home.ts";
import { type LoadedModel, loadModel } from "./loadModel.ts";
import { chatStyleOf } from "./modelFiles.ts";
import { addAdapter, openDecoder } from "./openDecoder.ts";

export interface ChatModelOptions {
	readonly model: string | undefined;
	/** PEFT folder; undefined: the base alone. */
	readonly adapter: string | undefined;
	readonly target: SessionTarget;
	readonly home: Home;
	readonly cancel: CancelToken;
}

export interface OpenChatModel extends ChatModel {
	readonly name: string;
	readonly tokenizer: TemplateTokenizer;
	readonly style: ExplainStyle;
	/** What the user should know of its answers; undefined: nothing in particular. */
	readonly notice: string | undefined;
	release(): Promise<void>;
}

export async function openChatModel(options: ChatModelOptions): Promise<OpenChatModel> {
	const { home, target, cancel, adapter } = options;
	const model = await loadModel(options.model, home, { cancel });
	const format = weightFormat(countParameters(model.config));
	const decoder = await openDecoder(model, home, { format, target, cancel, adapters: adapter !== undefined });
	const release = () => decoder.release();
	try {
		if (adapter !== undefined) addAdapter(decoder, "workspace", adapter, model);
		return chatModelOf(model, adapter === undefined ? decoder : decoder.adapted("workspace"), release);
	} catch (error) {
		await release();
		throw error;
	}
}

/** A model that is resident already, to talk with by `decoder`. */
export function chatModelOf(
	model: Pick<LoadedModel, "name" | "folder" | "tokenizer">,
	decoder: Decoder,
	release: () => Promise<void>,
): OpenChatModel {
	const { name, tokenizer } = model;
	const { format, style } = chatStyleOf(model.folder, tokenizer);
	const notices = [
		format.reason === undefined ? "" : `${name}: ${format.reason.detail}, so it goes on with a plain transcript.`,
		style === "sentence" ? `${name} is small: it explains code in one sentence and does not converse.` : "",
	].filter((notice) => notice !== "");
	const notice = notices.length === 0 ? undefined : notices.join(" ");
	return { name, tokenizer, format, style, notice, decoder, release };
}

/** Small models are quick as they are, and lose most by rounding. */
function weightFormat(parameters: number): WeightFormat {
	return parameters < 50e6 ? "float32" : "int8";
}
