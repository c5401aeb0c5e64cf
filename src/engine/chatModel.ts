/** A model opened to talk: its decoder, with the workspace's adapter if there is one, and its chat format. */
import type { ChatModel } from "#assist/chat";
import { type ExplainStyle, explainStyle } from "#assist/explain";
import type { CancelToken } from "#base/cancel";
import type { WeightFormat } from "#models/decodeGraph";
import { countParameters } from "#models/parameters";
import type { SessionTarget } from "#runtime/graphSession";
import { openChatFormat } from "#text/chatTemplate";
import type { TemplateTokenizer } from "#text/tokenizer";
import type { Home } from "./home.ts";
import { loadModel } from "./loadModel.ts";
import { readChatFiles } from "./modelFiles.ts";
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
	const format = openChatFormat(readChatFiles(model.folder), model.tokenizer);
	const weights = weightFormat(countParameters(model.config));
	const decoder = await openDecoder(model, home, { format: weights, target, cancel, adapters: adapter !== undefined });
	const style = explainStyle(format, model.tokenizer);
	const notices = [
		format.reason === undefined ? "" : `${model.name}: ${format.reason.detail}, so it goes on with a plain transcript.`,
		style === "sentence" ? `${model.name} is small: it explains code in one sentence and does not converse.` : "",
	].filter((notice) => notice !== "");
	try {
		if (adapter !== undefined) addAdapter(decoder, "workspace", adapter, model);
	} catch (error) {
		await decoder.release();
		throw error;
	}
	return {
		name: model.name,
		tokenizer: model.tokenizer,
		...{ format, style, notice: notices.length === 0 ? undefined : notices.join(" ") },
		decoder: adapter === undefined ? decoder : decoder.adapted("workspace"),
		release: () => decoder.release(),
	};
}

/** Small models are quick as they are, and lose most by rounding. */
function weightFormat(parameters: number): WeightFormat {
	return parameters < 50e6 ? "float32" : "int8";
}
