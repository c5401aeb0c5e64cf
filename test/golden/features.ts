import type { ModelConfig } from "#models/config";

/** The features that a fixture must bring out, each with a config that lacks it but needs the same weights. */
export function featuresOf(config: ModelConfig): [name: string, without: ModelConfig][] {
	const found: [string, ModelConfig][] = [];
	const { ropeScaling: scaling, slidingWindow: sliding } = config;
	if (scaling.kind !== "none") found.push(["rope scaling", { ...config, ropeScaling: { kind: "none" } }]);
	if (scaling.kind === "yarn") {
		found.push(["the attention factor", { ...config, ropeScaling: { ...scaling, attentionFactor: 1 } }]);
		found.push(["beta_fast", { ...config, ropeScaling: { ...scaling, betaFast: scaling.betaSlow } }]);
	}
	if (scaling.kind === "llama3") {
		const narrow = { ...scaling, lowFrequencyFactor: scaling.highFrequencyFactor - 1e-6 };
		found.push(["the middle band", { ...config, ropeScaling: narrow }]);
	}
	if (sliding !== undefined) {
		const everywhere = sliding.layers.map(() => true);
		found.push(["the sliding window", { ...config, slidingWindow: undefined }]);
		found.push(["the window's size", { ...config, slidingWindow: { ...sliding, size: sliding.size + 1 } }]);
		if (sliding.layers.includes(false))
			found.push(["which layers slide", { ...config, slidingWindow: { ...sliding, layers: everywhere } }]);
	}
	return found;
}
