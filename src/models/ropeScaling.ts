import type { Fields } from "#base/fields";

/**
 * How rotary frequencies are stretched beyond the trained context, as in transformers' `modeling_rope_utils.py`.
 * Defaults are resolved here, so that a graph needs nothing but these numbers.
 */
export type RopeScaling =
	| { readonly kind: "none" }
	/** Every frequency divided by `factor`. */
	| { readonly kind: "linear"; readonly factor: number }
	| {
			readonly kind: "llama3";
			readonly factor: number;
			readonly lowFrequencyFactor: number;
			readonly highFrequencyFactor: number;
			readonly originalMaxPositions: number;
	  }
	| {
			readonly kind: "yarn";
			readonly factor: number;
			readonly originalMaxPositions: number;
			/** Multiplies cos and sin. */
			readonly attentionFactor: number;
			readonly betaFast: number;
			readonly betaSlow: number;
			/** Whether the bounds of the ramp are rounded outwards to whole dimensions. */
			readonly truncate: boolean;
	  };

export interface Rope {
	readonly ropeTheta: number;
	readonly ropeScaling: RopeScaling;
}

const known: Record<RopeScaling["kind"], readonly string[]> = {
	none: [],
	linear: ["factor"],
	llama3: ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"],
	yarn: [
		"factor",
		"original_max_position_embeddings",
		"attention_factor",
		"beta_fast",
		"beta_slow",
		"mscale",
		"mscale_all_dim",
		"truncate",
	],
};

/**
 * Reads `rope_theta` + `rope_scaling` (transformers 4) or `rope_parameters` (transformers 5); both layouts resolve as
 * transformers 5 does: `rope_scaling` before `rope_parameters`, a theta inside before one outside, 10,000 if none.
 */
export function parseRope(config: Fields, maxPositions: number): Rope {
	const nonEmpty = (name: string) => {
		const found = config.nested(name);
		return found !== undefined && Object.keys(found.object).length > 0 ? found : undefined;
	};
	const rope = nonEmpty("rope_scaling") ?? nonEmpty("rope_parameters");
	const outerTheta = config.number("rope_theta", { default: 10_000, min: 1 });
	refusePartialRotary(config);
	if (rope === undefined) return { ropeTheta: outerTheta, ropeScaling: { kind: "none" } };
	refusePartialRotary(rope);
	const theta = rope.number("rope_theta", { default: outerTheta, min: 1 });
	return { ropeTheta: theta, ropeScaling: parseScaling(rope, config, maxPositions) };
}

function parseScaling(rope: Fields, config: Fields, maxPositions: number): RopeScaling {
	const type = rope.string("rope_type", rope.string("type", "default"));
	const kind = type === "default" ? "none" : type;
	if (kind !== "none" && kind !== "linear" && kind !== "llama3" && kind !== "yarn") {
		return rope.unsupported(`rope type "${type}" is not supported`);
	}
	const allowed = new Set(["type", "rope_type", "rope_theta", "partial_rotary_factor", ...known[kind]]);
	if (kind === "linear") allowed.add("original_max_position_embeddings");
	for (const name of Object.keys(rope.object)) {
		if (rope.has(name) && !allowed.has(name))
			rope.unsupported(`rope parameter "${name}" with type "${type}" is not supported`);
	}
	if (kind === "none") return { kind };
	const factor = (fallback?: number) =>
		rope.number("factor", { min: 1, ...(fallback === undefined ? {} : { default: fallback }) });
	if (kind === "linear") return { kind, factor: factor() };
	const inside = rope.integer("original_max_position_embeddings", { default: maxPositions, min: 1 });
	const originalMaxPositions = config.integer("original_max_position_embeddings", { default: inside, min: 1 });
	if (kind === "yarn") return parseYarn(rope, factor(maxPositions / originalMaxPositions), originalMaxPositions);
	const lowFrequencyFactor = rope.number("low_freq_factor", { min: 1e-6 });
	const highFrequencyFactor = rope.number("high_freq_factor", { min: 1e-6 });
	if (highFrequencyFactor <= lowFrequencyFactor) {
		rope.fail(`high_freq_factor ${highFrequencyFactor} is not above low_freq_factor ${lowFrequencyFactor}`);
	}
	return { kind, factor: factor(), lowFrequencyFactor, highFrequencyFactor, originalMaxPositions };
}

/** YaRN (arXiv 2309.00071): the attention factor is 0.1 ln(factor) + 1 unless given, or a ratio of two such with mscale. */
function parseYarn(rope: Fields, factor: number, originalMaxPositions: number): RopeScaling {
	const scale = (mscale: number) => (factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1);
	const mscale = rope.number("mscale", { default: 0 });
	const mscaleAll = rope.number("mscale_all_dim", { default: 0 });
	const inferred = mscale !== 0 && mscaleAll !== 0 ? scale(mscale) / scale(mscaleAll) : scale(1);
	const betaFast = rope.number("beta_fast", { default: 32, min: 0 }) || 32;
	const betaSlow = rope.number("beta_slow", { default: 1, min: 0 }) || 1;
	if (betaFast < betaSlow) rope.fail(`beta_fast ${betaFast} is below beta_slow ${betaSlow}`);
	return {
		kind: "yarn",
		factor,
		originalMaxPositions,
		attentionFactor: rope.number("attention_factor", { default: inferred, min: 0 }),
		betaFast,
		betaSlow,
		truncate: rope.boolean("truncate", true),
	};
}

function refusePartialRotary(fields: Fields): void {
	const factor = fields.number("partial_rotary_factor", { default: 1 });
	if (factor !== 1) fields.unsupported(`partial rotary embedding (partial_rotary_factor ${factor}) is not supported`);
}
