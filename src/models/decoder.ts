/** The frame around the layers, equal in all families: embedding, layers, final norm. */
import { invariant } from "#base/assert";
import { gatherRows } from "#graph/ops/lookup";
import { rmsNorm } from "#graph/ops/norm";
import type { Tensor } from "#graph/tensor";
import { attentionMask } from "./attentionMask.ts";
import type { Forward, LayerContext } from "./forward.ts";
import { rotaryTable } from "./rotaryTable.ts";

/** A family's forward from the maths of one layer, [T, d] -> [T, d]. */
export function decoder(layer: (context: LayerContext, x: Tensor) => Tensor): Forward {
	return (model, rows) => {
		const { config, dtype } = model;
		const length = rows.tokens.shape[0] as number;
		invariant(length <= config.maxPositions, `${length} rows, but the model has ${config.maxPositions} positions`);
		const rotary = rotaryTable(config, length, dtype);
		const full = attentionMask(rows.documents, dtype, undefined); // [T, T]
		const sliding = attentionMask(rows.documents, dtype, config.slidingWindow?.size);
		let x = gatherRows(model.parameter("model.embed_tokens.weight"), rows.tokens); // [T, d]
		for (let index = 0; index < config.layers; index++) {
			const mask = config.slidingWindow?.layers[index] ? sliding : full;
			x = layer({ model, rows, rotary, mask, prefix: `model.layers.${index}.` }, x);
		}
		return rmsNorm(x, model.parameter("model.norm.weight"), config.rmsNormEps);
	};
}
