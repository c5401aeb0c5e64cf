/** `attune bench learn` and `attune bench score`: ours and PyTorch's in turn, on the same weights and windows, in one run. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { defined } from "#base/assert";
import { AttuneError } from "#base/errors";
import { countParameters } from "#models/parameters";
import { attuneHome, packageRoot } from "../home.ts";
import { median, medianRatio } from "./medians.ts";
import { benchConfig, benchLength, benchModel } from "./model.ts";
import { openPeer, type Peer } from "./peer.ts";
import { type BenchKind, productCount, productSize, type Steps } from "./serve.ts";

export interface BenchRow {
	readonly name: string;
	readonly unit: string;
	readonly ours: number;
	readonly rival: number | null;
	/** ours / rival, the median over what was measured in turn. */
	readonly ratio: number | null;
	/** Values the medians were taken over. */
	readonly runs: number;
}

export interface BenchOptions {
	/** Python with torch, transformers and peft; undefined: ours alone. */
	readonly python: string | undefined;
	readonly rounds: number;
	readonly threads: number;
	/** The built `src/main/bench.ts`. */
	readonly benchFile: string;
	readonly onRound: (done: number, total: number) => void;
}

/** Steps of each side per round. */
const stepsPerRound = 3;

type Side = "ours" | "rival";

export async function benchLearn(options: BenchOptions): Promise<readonly BenchRow[]> {
	return bench(options, ["learn", "skip", "score", "product"], ["learn", "score"], (timed) => {
		const rate = (side: Side, kind: BenchKind) => timed.values(side, kind, (seconds) => benchLength / seconds);
		const peak = (seconds: number) => (2e-9 * productCount * productSize ** 3) / seconds;
		const learning = (seconds: number) => (4e-9 * countParameters(benchConfig) * benchLength) / seconds;
		// A machine that others use is now faster, now slower: only what ran in one round is compared.
		const peaks = timed.rounds("product", peak);
		const learn = rate("ours", "learn");
		return [
			row("learn step", "tokens/s", learn, rate("rival", "learn")),
			row(
				"share of the product peak",
				"%",
				timed.rounds("learn", learning).map((speed, round) => (100 * speed) / (peaks[round] as number)),
			),
			row("product peak", "GFLOP/s", peaks),
			row("peak memory of learning", "MiB", [timed.memory("ours", "learn")], [timed.memory("rival", "learn")]),
			row("scoring", "tokens/s", rate("ours", "score"), rate("rival", "score")),
			row("unselected window", "forwards", timed.ratios("skip")),
			row("start: load, graph, first step", "s", [timed.start("ours", "learn")], [timed.start("rival", "learn")]),
			row("graph building", "s", [timed.graph()]),
		];
	});
}

interface Timed {
	values(side: Side, kind: BenchKind, of: (seconds: number) => number): number[];
	/** Of our steps of each round, the median. */
	rounds(kind: BenchKind, of: (seconds: number) => number): number[];
	/** What our steps gave back as their loss. */
	ratios(kind: BenchKind): number[];
	memory(side: Side, kind: BenchKind): number;
	start(side: Side, kind: BenchKind): number;
	graph(): number;
}

async function bench(
	options: BenchOptions,
	ours: readonly BenchKind[],
	rivals: readonly BenchKind[],
	rows: (timed: Timed) => readonly (BenchRow | undefined)[],
): Promise<readonly BenchRow[]> {
	const folder = join(attuneHome().bench);
	const model = benchModel(folder);
	const peers = new Map<string, Peer>();
	const results = new Map<string, Steps[]>();
	try {
		for (const kind of ours)
			peers.set(
				`ours ${kind}`,
				await openPeer(process.execPath, [options.benchFile, kind, model, String(options.threads), folder]),
			);
		for (const kind of options.python === undefined ? [] : rivals) {
			const script = join(packageRoot(), "tools", "rival", `${kind}.py`);
			const words = [script, "--serve", "--model", model, "--windows", join(model, "windows.json")];
			peers.set(
				`rival ${kind}`,
				await openPeer(options.python as string, [...words, "--threads", String(options.threads)]),
			);
		}
		for (const kind of rivals) checkSameWork(kind, peers);
		// A first round warms up and is not counted.
		for (let round = 0; round <= options.rounds; round++) {
			options.onRound(round, options.rounds);
			for (const [name, peer] of peers) {
				const steps = await peer.step(round === 0 ? 1 : stepsPerRound);
				if (round > 0) results.set(name, [...(results.get(name) ?? []), steps]);
				// Threads of the one that just ran go on spinning for a moment.
				await setTimeout(250);
			}
		}
	} finally {
		for (const peer of peers.values()) peer.close();
	}
	return rows(timedBy(peers, results)).filter((entry) => entry !== undefined);
}

/** Both sides start from the same weights, the same window and an adapter that adds nothing. */
function checkSameWork(kind: BenchKind, peers: ReadonlyMap<string, Peer>): void {
	const [mine, theirs] = [`ours ${kind}`, `rival ${kind}`].map((name) => peers.get(name)?.ready.firstLoss);
	if (mine === undefined || theirs === undefined || Math.abs(mine / theirs - 1) < 1e-4) return;
	throw new AttuneError("internal", `${kind}: our first loss is ${mine}, the rival's ${theirs}`, {
		remedy: "They do different work: nothing can be compared. Please report this.",
	});
}

function timedBy(peers: ReadonlyMap<string, Peer>, results: ReadonlyMap<string, readonly Steps[]>): Timed {
	const peer = (side: Side, kind: BenchKind) => peers.get(`${side} ${kind}`);
	return {
		values: (side, kind, of) => (results.get(`${side} ${kind}`) ?? []).flatMap(({ seconds }) => seconds.map(of)),
		rounds: (kind, of) => (results.get(`ours ${kind}`) ?? []).map(({ seconds }) => median(seconds.map(of))),
		ratios: (kind) => (results.get(`ours ${kind}`) ?? []).flatMap(({ losses }) => losses),
		memory: (side, kind) => results.get(`${side} ${kind}`)?.at(-1)?.peakRssMiB ?? Number.NaN,
		start: (side, kind) => peer(side, kind)?.ready.startSeconds ?? Number.NaN,
		graph: () => defined(peer("ours", "learn")?.ready.graphSeconds, "graph seconds"),
	};
}

/** Undefined where ours has no value. */
function row(name: string, unit: string, ours: readonly number[], rival: readonly number[] = []): BenchRow | undefined {
	if (ours.length === 0) return undefined;
	const known = rival.length > 0 && rival.every(Number.isFinite);
	return {
		...{ name, unit, ours: median(ours), runs: ours.length },
		rival: known ? median(rival) : null,
		ratio: known ? medianRatio(ours, rival) : null,
	};
}
