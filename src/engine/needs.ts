/** What a model takes of the machine while it writes, before anything of it is loaded. */
import type { ModelConfig } from "#models/config";
import type { WeightFormat } from "#models/decodeGraph";
import { countParameters } from "#models/parameters";
import { cacheBytes, preparedWeightBytes, residentWeightBytes } from "#models/servingNeeds";
import type { ByFormat, ModelNeeds } from "#protocol/store";
import { usualContext } from "./openDecoder.ts";

/** Node, onnxruntime, a session and a tokenizer, without a model: what was measured (docs/log.md, 2026-11-25), rounded up. */
const processBytes = 105 * 2 ** 20;

/** `direct`: onnxruntime reads the model's own files, so that no float32 copy is written. */
export function needsOf(config: ModelConfig, direct: boolean): ModelNeeds {
	const cache = cacheBytes(config, Math.min(usualContext, config.maxPositions));
	const copy = direct ? 0 : 4 * countParameters(config);
	return {
		memoryMiB: byFormat((format) => processBytes + residentWeightBytes(config, format) + cache),
		preparedMiB: byFormat((format) => copy + preparedWeightBytes(config, format)),
	};
}

function byFormat(bytes: (format: WeightFormat) => number): ByFormat {
	const mebibytes = (format: WeightFormat): number => Math.ceil(bytes(format) / 2 ** 20);
	return { float32: mebibytes("float32"), int8: mebibytes("int8"), int4: mebibytes("int4") };
}
