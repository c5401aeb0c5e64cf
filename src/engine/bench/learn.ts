/** `attune bench learn`: learning and scoring, ours and PyTorch's in turn, on the same weights and windows, in one run. */
import { countParameters } from "#models/parameters";
import type { Bar } from "./bars.ts";
import { measureInTurn, type TurnOptions } from "./inTurn.ts";
import { median, medianRatio } from "./medians.ts";
import { productFlop, productShapes } from "./products.ts";
import type { BenchRow } from "./row.ts";

export async function benchLearn(options: TurnOptions): Promise<readonly BenchRow[]> {
	const { config, length } = options.shape;
	const products = productShapes(options.shape);
	const timed = await measureInTurn(options, {
		ours: ["learn", "skip", "score", ...products.map((shape) => `product ${shape}` as const)],
		rivals: ["learn", "score"],
	});
	const rate = (seconds: number) => length / seconds;
	const learning = (seconds: number) => (4e-9 * countParameters(config) * length) / seconds;
	// The fastest shape over the whole run: the fastest of every round would be luck as well.
	const peaks = products
		.map((shape) => timed.rounds(`product ${shape}`, (seconds) => (1e-9 * productFlop(shape)) / seconds))
		.reduce((best, each) => (median(each) > median(best) ? each : best));
	// A machine that others use is now faster, now slower: only what ran in one round is compared.
	const shares = timed.rounds("learn", learning).map((speed, round) => (100 * speed) / (peaks[round] as number));
	const both = (kind: "learn" | "score") => [timed.values("ours", kind, rate), timed.values("rival", kind, rate)];
	return [
		...row("learn step", "tokens/s", both("learn"), { of: "ratio", least: 1.1 }),
		...row("share of the product peak", "%", [shares], { of: "ours", least: 72 }),
		...row("product peak", "GFLOP/s", [peaks]),
		...row("peak memory of learning", "MiB", [timed.memory("ours"), timed.memory("rival")], { of: "ratio", most: 1 }),
		...row("scoring", "tokens/s", both("score"), { of: "ratio", least: 1.2 }),
		...row("unselected window", "forwards", [timed.losses("skip")], { of: "ours", most: 1.05 }),
		...row("start: program, load, graph, first step", "s", [timed.starts("ours"), timed.starts("rival")], {
			...{ of: "ours", most: 10 },
		}),
		...row("graph building", "s", [timed.graphs], { of: "ours", most: 1 }),
	];
}

/** None where ours has no value. */
function row(
	name: string,
	unit: string,
	[ours = [], rival = []]: readonly (readonly number[])[],
	asked?: Bar,
): BenchRow[] {
	if (ours.length === 0) return [];
	const known = rival.length > 0 && rival.every(Number.isFinite);
	return [
		{
			...{ name, unit, ours: median(ours), runs: ours.length },
			rival: known ? median(rival) : null,
			ratio: known ? medianRatio(ours, rival) : null,
			...(asked !== undefined && { asked }),
		},
	];
}
