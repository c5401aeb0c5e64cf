/** PEFT's tensors, two a module, from the stacked ones that graphs take. Written apart from the product's own, to check it. */
import { defined } from "#base/assert";
import type { ModelConfig } from "#models/config";
import { type LoraShape, type LoraTensor, loraTensors } from "#models/lora";

/** Values by PEFT's names, from values by the names of stacked tensors. */
export function unstack(
	stacked: ReadonlyMap<string, ArrayLike<number>>,
	config: ModelConfig,
	lora: LoraShape,
): Map<string, number[]> {
	const peft = new Map<string, number[]>();
	for (const tensor of loraTensors(config, lora)) {
		Array.from(defined(stacked.get(tensor.name), tensor.name)).forEach((value, i) => {
			const { name, index } = place(tensor, lora.rank, i);
			const target = peft.get(name) ?? [];
			target[index] = value;
			peft.set(name, target);
		});
	}
	return peft;
}

/** Where number `i` of a stacked tensor stands in PEFT's file: A is [rank, in], B is [out, rank]. */
function place(tensor: LoraTensor, rank: number, i: number): { name: string; index: number } {
	const [, columns] = tensor.shape;
	const row = Math.floor(i / columns);
	const column = i % columns;
	const layer = Math.floor(row / tensor.rowsPerLayer);
	const inLayer = row % tensor.rowsPerLayer;
	const module = defined(tensor.modules[Math.floor(inLayer / rank)], "module");
	const r = inLayer % rank;
	const side = tensor.role === "a" ? "lora_A" : "lora_B";
	return {
		name: `base_model.model.model.layers.${layer}.${module}.${side}.weight`,
		index: tensor.role === "a" ? r * columns + column : column * rank + r,
	};
}
