/** The frame around the layers, equal in all families: embedding, layers, final norm. */
import { rmsNorm } from "#graph/ops/norm";
import type { Tensor } from "#graph/tensor";
import type { Forward, LayerContext } from "./forward.ts";
import { rotaryTable } from "./rotaryTable.ts";
import { sectionsOf } from "./sections.ts";

/** A family's forward from the maths of one layer, [T, d] -> [T, d], the last [k, d]. */
export function decoder(layer: (context: LayerContext, x: Tensor) => Tensor): Forward {
	return (model, rows) => {
		const { config, dtype } = model;
		const rotary = rotaryTable(config, rows.span, dtype);
		const through = (x: Tensor, index: number) =>
			layer({ model, rows, rotary, index, prefix: `model.layers.${index}.` }, x);
		let x = rows.embed(() => model.parameter("model.embed_tokens.weight")); // [T, d]
		for (const [index, layers] of sectionsOf(config.layers).entries())
			x = rows.section(index, x, (x) => layers.reduce(through, x));
		x = through(x, config.layers - 1); // [k, d]
		return rmsNorm(x, model.parameter("model.norm.weight"), config.rmsNormEps);
	};
}
