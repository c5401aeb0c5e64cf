/**
 * Our side of a benchmark, in a process of its own so that start and memory are its own: the line protocol of
 * tools/rival/protocol.py. `step N` answers with N timed steps; `quit` ends.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Gate, TokenWindow } from "#adapt/learner";
import { codePreset } from "#adapt/preset";
import { defined } from "#base/assert";
import { AttuneError } from "#base/errors";
import { parseConfig } from "#models/config";
import { type GraphOptions, learnGraph } from "#models/graphs";
import { linearModules } from "#models/parameters";
import { type SessionTarget, type WeightSource, writeGraph } from "#runtime/graphSession";
import { readJson } from "#runtime/jsonFile";
import { OrtLearner } from "#runtime/learner";
import { prepareWeights } from "#runtime/weights";
import { adamwOf } from "../openLearner.ts";
import { productStep } from "./products.ts";

/** What can be timed. `skip`: an online window that is not surprising; its "loss" is a ratio of times. */
export type BenchKind = "learn" | "skip" | "score" | "graph" | `product ${string}`;

export interface Ready {
	readonly peakRssMiB: number;
	/** Loss of the first window before any update; only of `learn` and `score`. */
	readonly firstLoss?: number;
	/** What the first building took; only of `graph`. */
	readonly graphSeconds?: number;
	/** A rival says which of PyTorch's it chose. */
	readonly attention?: string;
}

export interface Steps {
	readonly seconds: readonly number[];
	readonly losses: readonly number[];
	readonly peakRssMiB: number;
}

type Step = () => Promise<number>;

const lora = { rank: 8, alpha: 16, targets: linearModules };
const notSurprising: Gate = { min: 1e30, max: 2e30, logScale: 0, exponent: 0, cap: 1 };

/** Answers lines on standard input until it ends. */
export async function serveBench(kind: string, folder: string, threads: number, cache: string): Promise<void> {
	const target: SessionTarget = { provider: "cpu", dtype: "float32", threads };
	const [, product] = /^product (.+)$/.exec(kind) ?? [];
	const { step, ...facts } =
		product === undefined ? await modelStep(kind, folder, target, cache) : await productStep(product, target);
	say({ ready: true, peakRssMiB: peakRssMiB(), ...facts });
	for await (const line of createInterface({ input: process.stdin })) {
		const [word, count] = line.trim().split(" ");
		if (word === "quit") break;
		const seconds: number[] = [];
		const losses: number[] = [];
		for (let i = 0; i < Number(count); i++) {
			const from = performance.now();
			losses.push(await step());
			seconds.push((performance.now() - from) / 1000);
		}
		say({ seconds, losses, peakRssMiB: peakRssMiB() });
	}
}

async function modelStep(kind: string, folder: string, target: SessionTarget, cache: string) {
	const config = parseConfig(readJson(join(folder, "config.json"), "config"), folder);
	const weights = await prepareWeights(folder, config, cache);
	const windows = (JSON.parse(readFileSync(join(folder, "windows.json"), "utf8")) as number[][]).map(
		(ids): TokenWindow => ({ tokens: Int32Array.from(ids), scoreFrom: 1, bytes: ids.length }),
	);
	const capacity = defined(windows[0], "window").tokens.length - 1;
	if (kind === "graph") return graphStep({ config, rows: capacity, dtype: "float32" }, target, weights);
	const learner = new OrtLearner({ config, weights, lora, adamw: adamwOf(codePreset), capacity, target, seed: 1 });
	let at = 0;
	const next = () => defined(windows[at++ % windows.length], "window");
	const rate = 1e-4;
	const mean = (nll: Float32Array) => nll.reduce((a, b) => a + b, 0) / nll.length;
	const steps: Readonly<Record<string, Step>> = {
		learn: async () =>
			mean(defined((await learner.learn([{ window: next(), weight: 1 }], rate)).scores[0], "score").nll),
		skip: () => skipRatio(learner, next()),
		score: async () => mean(defined((await learner.score([next()], "off"))[0], "score").nll),
	};
	const step = steps[kind];
	if (step === undefined)
		throw new AttuneError("usage", `"${kind}" cannot be timed`, {
			remedy: "Use learn, skip, score, graph or product.",
		});
	return { step, firstLoss: await step() };
}

/** All of ours that comes before onnxruntime has the graph, timed before anything of it was ever run. */
async function graphStep(options: GraphOptions, target: SessionTarget, weights: WeightSource) {
	const step: Step = async () => {
		const from = performance.now();
		writeGraph(learnGraph(options, lora), target, weights);
		return (performance.now() - from) / 1000;
	};
	return { step, graphSeconds: await step() };
}

/** Time of a window that is not learned, over that of a forward with the adapter: one right after the other. */
async function skipRatio(learner: OrtLearner, window: TokenWindow): Promise<number> {
	const begun = performance.now();
	await learner.score([window], "on");
	const scored = performance.now();
	await learner.learnIfSurprising(window, notSurprising, 0);
	return (performance.now() - scored) / (scored - begun);
}

/** Of this process since its start. */
function peakRssMiB(): number {
	return process.resourceUsage().maxRSS / 1024;
}

function say(values: object): void {
	process.stdout.write(`${JSON.stringify(values)}\n`);
}
