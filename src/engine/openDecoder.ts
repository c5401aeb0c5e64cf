import { createSampler } from "#assist/sampling";
import type { CancelToken } from "#base/cancel";
import type { WeightFormat } from "#models/decodeGraph";
import { readAdapter } from "#runtime/adapterFolder";
import { OrtDecoder } from "#runtime/decode/decoder";
import { prepareDecodeWeights } from "#runtime/decode/quantisedWeights";
import type { SessionTarget } from "#runtime/graphSession";
import type { Home } from "./home.ts";
import type { LoadedModel } from "./loadModel.ts";

export interface OpenDecoderOptions {
	readonly format: WeightFormat;
	readonly target: SessionTarget;
	/** Most positions of a sequence; a model of fewer has its own. */
	readonly context?: number;
	/** Most memory for keys and values kept, in bytes. */
	readonly maxCacheBytes?: number;
	/** false: no adapter will ever be added, which is a little faster. */
	readonly adapters?: boolean;
	readonly cancel?: CancelToken;
	/** Bytes of weights rounded, the first time. */
	readonly onProgress?: (done: number, total: number) => void;
}

/** What of a model it takes to write. */
export type WritingModel = Pick<LoadedModel, "config" | "weights">;

/** Most positions of a sequence, unless told otherwise. */
export const usualContext = 8192;

/** The model, ready to write. Weights of fewer bits are prepared the first time and kept in `home.weights`. Release it at the end. */
export async function openDecoder(model: WritingModel, home: Home, options: OpenDecoderOptions): Promise<OrtDecoder> {
	const { format, context = usualContext, ...rest } = options;
	const { config, weights: store } = model;
	const weights = await prepareDecodeWeights(store, config, format, home.weights, options);
	return OrtDecoder.open({
		...rest,
		config,
		weights,
		format,
		context: Math.min(context, config.maxPositions),
		createSampler,
	});
}

/** Makes the adapter of `folder` one of the decoder's, under `name`; a request takes it with `decoder.adapted(name)`. */
export function addAdapter(decoder: OrtDecoder, name: string, folder: string, model: WritingModel): void {
	decoder.setAdapter(name, readAdapter(folder, model.config, model.weights.hash));
}
