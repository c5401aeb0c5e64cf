import type { CompletionPorts } from "#assist/complete";
import { ContextIndex } from "#assist/context/gather";
import { TokenCache } from "#assist/prompt/tokenCache";
import type { CancelToken } from "#base/cancel";
import { systemClock } from "#base/clock";
import type { WeightFormat } from "#models/decodeGraph";
import type { OrtDecoder } from "#runtime/decode/decoder";
import type { SessionTarget } from "#runtime/graphSession";
import { detectInfillFormat } from "#text/infillFormat";
import type { Home } from "./home.ts";
import { type LoadedModel, loadModel } from "./loadModel.ts";
import { addAdapter, openDecoder } from "./openDecoder.ts";

export interface CompletionModelRequest {
	readonly model: string | undefined;
	/** PEFT folder; undefined: the base alone. */
	readonly adapter: string | undefined;
	readonly format: WeightFormat;
	readonly target: SessionTarget;
	readonly home: Home;
	readonly cancel?: CancelToken;
}

/** A model that completes, resident until `release`. */
export interface OpenCompletion {
	readonly model: LoadedModel;
	readonly decoder: OrtDecoder;
	/** Whether the decoder writes with the adapter. */
	ports(adapter: "on" | "off"): CompletionPorts;
	release(): Promise<void>;
}

const adapterName = "workspace";

export async function openCompletion(request: CompletionModelRequest): Promise<OpenCompletion> {
	const { adapter, format, target, home, cancel } = request;
	const cancellable = { ...(cancel !== undefined && { cancel }) };
	const model = await loadModel(request.model, home, cancellable);
	const decoder = await openDecoder(model, home, { format, target, adapters: adapter !== undefined, ...cancellable });
	try {
		if (adapter !== undefined) addAdapter(decoder, adapterName, adapter, model);
	} catch (error) {
		await decoder.release();
		throw error;
	}
	const [tokens, context] = [new TokenCache(model.tokenizer), new ContextIndex()];
	return {
		model,
		decoder,
		ports: (side) => ({
			...{ decoder: side === "on" ? decoder.adapted(adapterName) : decoder },
			...{ format: detectInfillFormat(model.tokenizer), tokens, context, clock: systemClock },
		}),
		release: () => decoder.release(),
	};
}
