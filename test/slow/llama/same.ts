/** Greedy text of our decoder in float32 beside llama.cpp's with the GGUF that we export. */

import { greedy } from "#assist/decoder";
import { createSampler } from "#assist/sampling";
import { neverCancelled } from "#base/cancel";
import type { Llama } from "#engine/bench/llama";
import type { ModelConfig } from "#models/config";
import type { Adapter } from "#runtime/adapterState";
import { OrtDecoder } from "#runtime/decode/decoder";
import type { WeightStore } from "#runtime/weights";

export interface Comparison {
	/** Prompts whose texts differ where our two best logits lie more than 1e-3 apart. */
	readonly different: readonly string[];
	/** Prompts whose texts differ where they do not. */
	readonly ties: number;
	/** Tokens that were compared. */
	readonly tokens: number;
	/** How many ids our texts hold. */
	readonly distinct: number;
}

const tolerance = 1e-3;

/** Writes `length` tokens after every prompt, on both sides. */
export async function compare(
	model: { readonly config: ModelConfig; readonly weights: WeightStore },
	llama: Llama,
	prompts: readonly Int32Array[],
	length: number,
	adapter?: Adapter,
): Promise<Comparison> {
	const gaps: number[] = [];
	const decoder = await OrtDecoder.open({
		...{ ...model, format: "float32", adapters: adapter !== undefined, context: model.config.maxPositions },
		target: { provider: "cpu", dtype: "float32", threads: 1 },
		createSampler: (sampling) => {
			const inner = createSampler(sampling);
			const pick = (logits: Float32Array) => {
				gaps.push(topGap(logits));
				return inner.pick(logits);
			};
			return { ...inner, pick };
		},
	});
	if (adapter !== undefined) decoder.setAdapter("it", adapter);
	const writer = adapter === undefined ? decoder : decoder.adapted("it");
	const different: string[] = [];
	const seen = new Set<number>();
	let ties = 0;
	let tokens = 0;
	for (const [i, prompt] of prompts.entries()) {
		gaps.length = 0;
		const ours: number[] = [];
		const request = { prompt, maxTokens: length, sampling: greedy, stop: [], sequence: `${i}` };
		for await (const { id } of writer.decode(request, neverCancelled)) ours.push(id);
		const { ids } = await llama.write(prompt, length - 1);
		const at = ours.findIndex((id, index) => id !== ids[index]);
		for (const id of ours) seen.add(id);
		tokens += at < 0 ? length : at;
		if (at < 0 && ids.length === ours.length) continue;
		if ((gaps[at] ?? Number.POSITIVE_INFINITY) <= tolerance) ties++;
		else different.push(`prompt ${i}, token ${at}: ${ours[at]}, llama.cpp ${ids[at]}, gap ${gaps[at]}`);
	}
	await decoder.release();
	return { different, ties, tokens, distinct: seen.size };
}

function topGap(logits: Float32Array): number {
	let [first, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const logit of logits) {
		if (logit > first) [first, second] = [logit, first];
		else if (logit > second) second = logit;
	}
	return first - second;
}
