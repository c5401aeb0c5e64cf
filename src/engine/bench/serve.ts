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
import { gemm } from "#graph/ops/linear";
import { reduceSum } from "#graph/ops/reduce";
import { input } from "#graph/tensor";
import { learnGraph } from "#models/graphs";
import { linearModules } from "#models/parameters";
import { openGraph, type SessionTarget } from "#runtime/graphSession";
import { OrtLearner } from "#runtime/learner";
import { prepareWeights } from "#runtime/weights";
import { adamwOf } from "../openLearner.ts";
import { benchConfig, benchLength } from "./model.ts";

/** What can be timed. `skip`: an online window that is not surprising; its "loss" is a ratio of times. */
export type BenchKind = "learn" | "skip" | "score" | "product";

export interface Ready {
	readonly startSeconds: number;
	readonly peakRssMiB: number;
	/** Seconds to build the learn graph alone, without a session. */
	readonly graphSeconds?: number;
	/** Loss of the first window before any update; products have none. */
	readonly firstLoss?: number;
}

export interface Steps {
	readonly seconds: readonly number[];
	readonly losses: readonly number[];
	readonly peakRssMiB: number;
}

type Step = () => Promise<number>;

const lora = { rank: 8, alpha: 16, targets: linearModules };
const notSurprising: Gate = { min: 1e30, max: 2e30, logScale: 0, exponent: 0, cap: 1 };

/** Answers lines on standard input until it ends. `start` is when the process began, by `performance.now()`. */
export async function serveBench(kind: string, folder: string, threads: number, cache: string): Promise<void> {
	const target: SessionTarget = { provider: "cpu", dtype: "float32", threads };
	const begun = performance.now();
	const { step, graphSeconds, firstLoss } =
		kind === "product" ? await productStep(target) : await modelStep(kind, folder, target, cache);
	say({
		ready: true,
		startSeconds: (performance.now() - begun) / 1000,
		peakRssMiB: peakRssMiB(),
		graphSeconds,
		firstLoss,
	});
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
	const graphSeconds = timeGraph();
	const windows: readonly TokenWindow[] = (
		JSON.parse(readFileSync(join(folder, "windows.json"), "utf8")) as number[][]
	).map((ids) => ({ tokens: Int32Array.from(ids), scoreFrom: 1, bytes: ids.length }));
	const weights = await prepareWeights(folder, benchConfig, cache);
	const adamw = adamwOf(codePreset);
	const learner = new OrtLearner({ config: benchConfig, weights, lora, adamw, capacity: benchLength, target, seed: 1 });
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
			remedy: "Use learn, skip, score or product.",
		});
	return { step, graphSeconds, firstLoss: await step() };
}

/** Time of a window that is not learned, over that of a forward with the adapter: one right after the other. */
async function skipRatio(learner: OrtLearner, window: TokenWindow): Promise<number> {
	const begun = performance.now();
	await learner.score([window], "on");
	const scored = performance.now();
	await learner.learnIfSurprising(window, notSurprising, 0);
	return (performance.now() - scored) / (scored - begun);
}

function timeGraph(): number {
	const from = performance.now();
	learnGraph({ config: benchConfig, rows: benchLength, dtype: "float32" }, lora);
	return (performance.now() - from) / 1000;
}

/** Edge of the square products that stand for the machine's peak, and how many one step chains. */
export const productSize = 1024;
export const productCount = 4;

/** Products alone: only a row of sums leaves the graph. */
async function productStep(target: SessionTarget): Promise<{ step: Step; graphSeconds?: number; firstLoss?: number }> {
	const matrix = (name: string) => input(name, "float32", [productSize, productSize]);
	let product = matrix("b");
	for (let i = 0; i < productCount; i++) product = gemm(matrix("a"), product);
	const session = await openGraph({ sums: reduceSum(product, [0]) }, target);
	const values = () => Float32Array.from({ length: productSize ** 2 }, (_, i) => ((i * 7919) % 1000) / 32_000);
	const feeds = { a: values(), b: values() };
	return { step: async () => Number(defined((await session.run(feeds))["sums"], "sums")[0]) };
}

/** Of this process since its start. */
function peakRssMiB(): number {
	return process.resourceUsage().maxRSS / 1024;
}

function say(values: object): void {
	process.stdout.write(`${JSON.stringify(values)}\n`);
}
