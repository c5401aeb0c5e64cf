/** What a model takes while it writes, known from its config alone. */
import type { ModelConfig } from "./config.ts";
import { bitsOf, blocksShape, groupShape, type WeightFormat } from "./decodeGraph.ts";
import { sameInput } from "./lora.ts";
import { countParameters, parameterShapes } from "./parameters.ts";

/** Bytes of the weights that computing one token goes through: what stays in memory. An embedding is only looked up. */
export function residentWeightBytes(config: ModelConfig, format: WeightFormat): number {
	if (format === "float32") return 4 * countParameters(config);
	return quantisedBytes(config, format) + 4 * plainNumbers(config);
}

/** Bytes of the file of prepared weights; 0 where none is made. */
export function preparedWeightBytes(config: ModelConfig, format: WeightFormat): number {
	if (format === "float32") return 0;
	return residentWeightBytes(config, format) + 4 * config.vocabularySize * config.hiddenSize;
}

/** Bytes of keys and values of a sequence of `positions`. */
export function cacheBytes({ layers, kvHeads, headDim }: ModelConfig, positions: number): number {
	return 4 * 2 * layers * kvHeads * headDim * positions;
}

function quantisedBytes(config: ModelConfig, format: "int8" | "int4"): number {
	const matrix = (out: number, columns: number): number => {
		const [rows, perRow, bytes] = blocksShape(out, columns, bitsOf(format));
		return rows * perRow * (bytes + 4);
	};
	const perLayer = sameInput.reduce((sum, group) => sum + matrix(...groupShape(config, group)), 0);
	return config.layers * perLayer + matrix(config.vocabularySize, config.hiddenSize);
}

/** Norms and biases. */
function plainNumbers(config: ModelConfig): number {
	const vectors = [...parameterShapes(config).values()].filter((shape) => shape.length === 1);
	return vectors.reduce((sum, [length = 0]) => sum + length, 0);
}
