import type { AdaptParams } from "#protocol/learning";

/** A run as the editor asks for it, so many updates long; null: without a bound. */
export function runOf(root: string, updates: number | null, model?: string): AdaptParams {
	return {
		...{ roots: [root], model, preset: "code", mode: "offline", watch: false, device: "cpu", threads: 1, seed: 42 },
		...{ budget: { minutes: null, updates }, resume: false },
	};
}
