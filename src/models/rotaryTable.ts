/** Rotary angles of every position, as transformers' `modeling_rope_utils.py` computes them: rounded to float32 at every step. */
import type { RotaryTable } from "#graph/ops/rotary";
import { constant, type FloatType } from "#graph/tensor";
import type { ModelConfig } from "./config.ts";

/** cos and sin for positions 0 .. `positions` - 1: [positions, headDim / 2] each. */
export function rotaryTable(config: ModelConfig, positions: number, dtype: FloatType): RotaryTable {
	const round = dtype === "float64" ? exact : Math.fround;
	const frequencies = inverseFrequencies(config, round);
	const scale = config.ropeScaling.kind === "yarn" ? config.ropeScaling.attentionFactor : 1;
	const table = (wave: (angle: number) => number) => {
		const values = new Float64Array(positions * frequencies.length);
		for (let position = 0; position < positions; position++) {
			frequencies.forEach((frequency, i) => {
				const angle = round(position * frequency);
				values[position * frequencies.length + i] = round(round(wave(angle)) * scale);
			});
		}
		return constant(values, dtype, [positions, frequencies.length]);
	};
	return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** Radians per position of each pair of dimensions, rounded by `round`: [headDim / 2]. */
export function inverseFrequencies(config: ModelConfig, round: (value: number) => number): readonly number[] {
	const { headDim, ropeTheta, ropeScaling: scaling } = config;
	const plain = Array.from({ length: headDim / 2 }, (_, i) => round(1 / round(ropeTheta ** round((2 * i) / headDim))));
	switch (scaling.kind) {
		case "none":
			return plain;
		case "linear":
			return plain.map((frequency) => round(frequency / scaling.factor));
		case "llama3":
			return plain.map((frequency) => {
				const wavelength = (2 * Math.PI) / frequency;
				const turns = scaling.originalMaxPositions / wavelength;
				const smooth =
					(turns - scaling.lowFrequencyFactor) / (scaling.highFrequencyFactor - scaling.lowFrequencyFactor);
				const kept = Math.min(1, Math.max(0, smooth));
				return round((1 - kept) * (frequency / scaling.factor) + kept * frequency);
			});
		case "yarn": {
			const ramp = yarnRamp(config, scaling);
			return plain.map((frequency, i) => {
				const stretched = ramp(i);
				return round((frequency / scaling.factor) * stretched + frequency * (1 - stretched));
			});
		}
	}
}

/** The table of a float64 graph is not rounded: it is compared with float64 references. */
const exact = (value: number): number => value;

type Yarn = Extract<ModelConfig["ropeScaling"], { kind: "yarn" }>;

/** How much of pair i is interpolated: 0 for fast pairs, 1 for slow ones (arXiv 2309.00071, section 3.2). */
function yarnRamp(config: ModelConfig, yarn: Yarn): (pair: number) => number {
	const { headDim, ropeTheta } = config;
	const pairOfTurns = (turns: number) =>
		(headDim * Math.log(yarn.originalMaxPositions / (turns * 2 * Math.PI))) / (2 * Math.log(ropeTheta));
	const round = (low: number, high: number) => (yarn.truncate ? [Math.floor(low), Math.ceil(high)] : [low, high]);
	const [low, high] = round(pairOfTurns(yarn.betaFast), pairOfTurns(yarn.betaSlow)) as [number, number];
	const first = Math.max(low, 0);
	const last = Math.min(high, headDim - 1);
	const width = first === last ? 0.001 : last - first;
	return (pair) => Math.min(1, Math.max(0, (pair - first) / width));
}
