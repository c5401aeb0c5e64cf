import { invariant } from "#base/assert";
import { attention } from "#graph/ops/attention";
import { gatherRows } from "#graph/ops/lookup";
import type { FloatType, Tensor } from "#graph/tensor";
import { attentionMask } from "./attentionMask.ts";
import type { ModelConfig } from "./config.ts";
import type { Rows } from "./forward.ts";

/**
 * Rows of documents that lie side by side, `documents` [T] int64 saying which: a row sees itself and earlier rows of its own
 * document only. All arguments are [T] int64.
 */
export function documentRows(
	config: ModelConfig,
	tokens: Tensor,
	positions: Tensor,
	documents: Tensor,
	dtype: FloatType,
): Rows {
	const span = tokens.shape[0] as number;
	invariant(span <= config.maxPositions, `${span} rows, but the model has ${config.maxPositions} positions`);
	const full = attentionMask(documents, dtype, undefined); // [T, T]
	const sliding = attentionMask(documents, dtype, config.slidingWindow?.size);
	return {
		embed: (table) => gatherRows(table(), tokens),
		positions,
		span,
		attend(layer, query, key, value) {
			const mask = config.slidingWindow?.layers[layer] ? sliding : full;
			return attention(query, key, value, mask, config);
		},
		section: (_index, x, run) => run(x),
		want: (x) => x,
	};
}
