/** What the new rows of a sequence see of it, as inputs of the decode graph. */
import { blockPlaces, openPlaces } from "#models/cachedRows";
import type { ModelConfig } from "#models/config";
import { loadOrt, type OrtTensor } from "../ort.ts";

/** So negative that the softmax gives exactly 0. */
const hidden = -1e30;

/** Of one sequence, in memory that its next run writes over: fresh memory would cost a page fault per 4 KiB. */
export class Masks {
	readonly #window: ModelConfig["slidingWindow"];
	#memory = new Float32Array(0);

	constructor({ slidingWindow }: Pick<ModelConfig, "slidingWindow">) {
		this.#window = slidingWindow;
	}

	/** `mask`, and for layers with a sliding window `slidingMask`, of `rows` after `past` tokens in a cache of so many places. */
	of(rows: number, past: number, places: number): Record<string, OrtTensor> {
		const window = this.#window;
		const length = rows * (places + openPlaces);
		if (this.#memory.length < 2 * length) this.#memory = new Float32Array(2 * length);
		const mask = (first: number, reach: number) =>
			maskOf(this.#memory.subarray(first, first + length), rows, past, places, reach);
		return {
			...((window === undefined || window.layers.includes(false)) && { mask: mask(0, Number.POSITIVE_INFINITY) }),
			...(window !== undefined && { slidingMask: mask(length, window.size) }),
		};
	}
}

/** [rows, places + openPlaces] in `mask`: 0 for the tokens held and the rows up to each, as far back as `reach`. */
function maskOf(mask: Float32Array, rows: number, past: number, places: number, reach: number): OrtTensor {
	const { Tensor } = loadOrt();
	const width = places + openPlaces;
	const held = past - (past % blockPlaces);
	mask.fill(hidden);
	for (let row = 0; row < rows; row++) {
		const [first, end] = [Math.max(0, past + row + 1 - reach), past + row + 1];
		mask.fill(0, row * width + Math.min(first, held), row * width + held);
		mask.fill(0, row * width + places + Math.max(0, first - held), row * width + places + end - held);
	}
	return new Tensor("float32", mask, [rows, width]);
}
