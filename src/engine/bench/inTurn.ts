/** Processes of ours and of a rival's that are timed in turn, a few steps each, round after round. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { defined } from "#base/assert";
import { AttuneError } from "#base/errors";
import { packageRoot } from "../home.ts";
import { median } from "./medians.ts";
import { type BenchShape, benchModel } from "./model.ts";
import { openPeer, type Peer } from "./peer.ts";
import type { BenchKind, Steps } from "./serve.ts";

export interface TurnOptions {
	/** Python with torch, transformers and peft; undefined: ours alone. */
	readonly python: string | undefined;
	readonly shape: BenchShape;
	/** Folder for the model that is made. */
	readonly cache: string;
	readonly rounds: number;
	readonly threads: number;
	/** The built `src/main/bench.ts`. */
	readonly benchFile: string;
	readonly onRound: (done: number, total: number) => void;
}

export type RivalKind = "learn" | "score";
type Side = "ours" | "rival";

export interface Timed {
	values(side: Side, kind: BenchKind, of: (seconds: number) => number): number[];
	/** Of our steps of each round, the median. */
	rounds(kind: BenchKind, of: (seconds: number) => number): number[];
	/** What our steps gave back as their loss. */
	losses(kind: BenchKind): number[];
	/** MiB, at the most, of the process that learns; none where there is no such side. */
	memory(side: Side): number[];
	/** Seconds from spawning the process that learns until its first step was done. */
	starts(side: Side): readonly number[];
	/** Seconds to build the learn graph and to write it as onnxruntime reads it, each in a fresh process. */
	readonly graphs: readonly number[];
}

/** Steps of each side per round. */
const stepsPerRound = 3;
/** How often at most a process is started to see how long that takes. */
const mostStarts = 3;

export async function measureInTurn(
	options: TurnOptions,
	kinds: { readonly ours: readonly BenchKind[]; readonly rivals: readonly RivalKind[] },
): Promise<Timed> {
	const open = openersOf(options);
	const times = Math.min(mostStarts, options.rounds);
	const peers = new Map<string, Peer>();
	try {
		const graphs = await timeGraphs(open, times);
		const starts = await timeStarts(open, times, peers);
		for (const kind of kinds.ours) if (kind !== "learn") peers.set(`ours ${kind}`, await open.ours(kind));
		if (open.rival !== undefined)
			for (const kind of kinds.rivals) if (kind !== "learn") peers.set(`rival ${kind}`, await open.rival(kind));
		for (const kind of kinds.rivals) checkSameWork(kind, peers);
		return timedBy(await runRounds(options, peers), starts, graphs);
	} finally {
		for (const peer of peers.values()) peer.close();
	}
}

interface Openers {
	ours(kind: BenchKind): Promise<Peer>;
	/** `attention`: PyTorch's kind; without one the rival tries both. Undefined where there is no rival. */
	readonly rival: ((kind: RivalKind, attention?: string) => Promise<Peer>) | undefined;
}

function openersOf({ python, threads, benchFile, shape, cache }: TurnOptions): Openers {
	const model = benchModel(cache, shape);
	const windows = join(model, "windows.json");
	return {
		ours: (kind) => openPeer(process.execPath, [benchFile, kind, model, String(threads), cache]),
		rival:
			python === undefined
				? undefined
				: (kind, attention = "auto") => {
						const script = join(packageRoot(), "tools", "rival", `${kind}.py`);
						const work = ["--model", model, "--windows", windows, "--threads", String(threads)];
						return openPeer(python, [script, "--serve", ...work, "--attention", attention]);
					},
	};
}

async function timeGraphs(open: Openers, times: number): Promise<number[]> {
	const seconds: number[] = [];
	for (let i = 0; i < times; i++) {
		const peer = await open.ours("graph");
		seconds.push(defined(peer.ready.graphSeconds, "seconds of the graph"));
		peer.close();
	}
	return seconds;
}

type Starts = Readonly<Record<Side, readonly number[]>>;

/**
 * Both sides' learning processes, started in turn; the last of each stay in `peers`. The first of several is not counted: it fills the
 * system's cache of files, hashes the weights, and the rival finds out what is fastest for it.
 */
async function timeStarts(open: Openers, times: number, peers: Map<string, Peer>): Promise<Starts> {
	const seconds: Record<Side, number[]> = { ours: [], rival: [] };
	let attention: string | undefined;
	const warmups = times > 1 ? 1 : 0;
	for (let i = 0; i < warmups + times; i++) {
		for (const side of ["ours", "rival"] as const) {
			peers.get(`${side} learn`)?.close();
			peers.delete(`${side} learn`);
			await setTimeout(pause);
			const peer = await (side === "ours" ? open.ours("learn") : open.rival?.("learn", attention));
			if (peer === undefined) continue;
			attention ??= peer.ready.attention;
			peers.set(`${side} learn`, peer);
			if (i >= warmups) seconds[side].push(peer.startSeconds);
		}
	}
	return seconds;
}

/** Threads of the one that just ran go on spinning for a moment. */
const pause = 250;

type Results = ReadonlyMap<string, readonly Steps[]>;

/** A first round warms up and is not counted. */
async function runRounds({ rounds, onRound }: TurnOptions, peers: ReadonlyMap<string, Peer>): Promise<Results> {
	const results = new Map<string, Steps[]>();
	for (let round = 0; round <= rounds; round++) {
		onRound(round, rounds);
		for (const [name, peer] of peers) {
			const steps = await peer.step(round === 0 ? 1 : stepsPerRound);
			if (round > 0) results.set(name, [...(results.get(name) ?? []), steps]);
			await setTimeout(pause);
		}
	}
	return results;
}

/** Both sides start from the same weights, the same window and an adapter that adds nothing. */
function checkSameWork(kind: RivalKind, peers: ReadonlyMap<string, Peer>): void {
	const [mine, theirs] = [`ours ${kind}`, `rival ${kind}`].map((name) => peers.get(name)?.ready.firstLoss);
	if (mine === undefined || theirs === undefined || Math.abs(mine / theirs - 1) < 1e-4) return;
	throw new AttuneError("internal", `${kind}: our first loss is ${mine}, the rival's ${theirs}`, {
		remedy: "They do different work: nothing can be compared. Please report this.",
	});
}

function timedBy(results: Results, starts: Starts, graphs: readonly number[]): Timed {
	const of = (name: string) => results.get(name) ?? [];
	return {
		values: (side, kind, value) => of(`${side} ${kind}`).flatMap(({ seconds }) => seconds.map(value)),
		rounds: (kind, value) => of(`ours ${kind}`).map(({ seconds }) => median(seconds.map(value))),
		losses: (kind) => of(`ours ${kind}`).flatMap(({ losses }) => losses),
		memory: (side) =>
			of(`${side} learn`)
				.slice(-1)
				.map(({ peakRssMiB }) => peakRssMiB),
		starts: (side) => starts[side],
		graphs,
	};
}
