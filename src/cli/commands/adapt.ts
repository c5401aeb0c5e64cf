import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { PaperObjective } from "#adapt/select";
import { adaptWorkspace, presetNames } from "#engine/adapt";
import { chooseDevice } from "#engine/device";
import { exampleCompletions } from "#engine/examples";
import { attuneHome } from "#engine/home";
import { type ListedSkip, listSkipped, withRemedies } from "#engine/skipRemedy";
import type { Example } from "#protocol/history";
import type { AdaptResult } from "#protocol/learning";
import { describeEstimate, describeExamples, describeResult } from "../adaptReport.ts";
import { type Command, type Options, type Terminal, usageError } from "../command.ts";
import { progressLine } from "../progress.ts";
import { duration } from "../table.ts";

export const adapt: Command = {
	name: "adapt",
	usage: "<folder>... [options]",
	summary: "Learns a project: scores its files, trains an adapter on what surprises, judges it on files held out.",
	help: [
		"--model M        model folder or name; default: the shipped one",
		"--out DIR        where the adapter goes; default: the workspace's own place",
		`--preset P       ${presetNames.join(" | ")}; default code`,
		"--objective O    what --preset paper makes smaller, times S(x): cross-entropy (default) | perplexity",
		"--mode M         offline (all files, once) | online (predict, then learn, file by file)",
		"--watch          stay, and learn from files as they change (implies --mode online)",
		"--minutes M      time to spend; default 10",
		"--updates N      optimiser steps instead of minutes; repeats bit for bit with the same seed",
		"--resume         continue an interrupted run",
		"--seed N         default 42",
		"--device D       cpu (default) | webgpu | auto, the fastest that works here",
		"--threads N      threads of the CPU kernels; default: one per core",
		"--examples       three lines of held-out files, as the model goes on with them before and after",
		"--list           name every skipped file with its reason, and what helps against each",
	],
	options: {
		model: { type: "string" },
		out: { type: "string" },
		preset: { type: "string" },
		objective: { type: "string" },
		mode: { type: "string" },
		watch: { type: "boolean" },
		minutes: { type: "string" },
		updates: { type: "string" },
		resume: { type: "boolean" },
		seed: { type: "string" },
		device: { type: "string" },
		threads: { type: "string" },
		examples: { type: "boolean" },
		list: { type: "boolean" },
	},
	run: runAdapt,
};

async function runAdapt(
	words: readonly string[],
	options: Options,
	terminal: Terminal,
): Promise<AdaptResult & { readonly skippedFiles: readonly ListedSkip[]; readonly examples?: readonly Example[] }> {
	if (words.length === 0) throw usageError("a folder is missing");
	const updates = options.number("updates", 1) ?? null;
	const watch = options.flag("watch");
	const given = options.number("minutes", 0.01, false);
	const minutes = given ?? (updates === null && !watch ? defaultMinutes : null);
	const mode = options.choice("mode", ["offline", "online"], watch ? "online" : "offline");
	if (watch && mode === "offline") throw usageError("--watch learns online: leave --mode offline out");
	const preset = options.choice("preset", presetNames, "code");
	const objective = objectiveOf(options, preset);
	const target = await chooseDevice(options.text("device") ?? "cpu", options.number("threads", 1));
	const out = options.text("out");
	const [roots, home] = [words.map((word) => resolve(word)), attuneHome()];
	const result = await adaptWorkspace(
		{
			roots,
			model: options.text("model"),
			out: out === undefined ? undefined : resolve(out),
			...{ preset, objective, mode, watch, target },
			seed: options.number("seed", 0) ?? defaultSeed,
			budget: { minutes, updates },
			resume: options.flag("resume"),
			home,
		},
		{
			cancel: terminal.interrupts.cancel,
			stop: watch ? endOfWatch(minutes, terminal) : new Promise(() => {}),
			onModel: (model) => terminal.print(`model     ${model.name} on ${target.provider}`),
			onWatching: () => terminal.print("watching  files are learned as they change; Ctrl+C ends and judges"),
			onEstimate: (estimate) => terminal.print(`estimate  ${describeEstimate(estimate)}`),
			onLearning: () => {},
			onProgress: (progress) => terminal.progress(progressLine(progress)),
		},
	);
	if (options.flag("list")) for (const line of listSkipped(result.skippedFiles)) terminal.print(line);
	terminal.print(describeResult(result));
	terminal.print(`done in ${duration(result.seconds.total)}`);
	const listed = { ...result, skippedFiles: withRemedies(result.skippedFiles) };
	if (!options.flag("examples")) return listed;
	const examples = await exampleCompletions({
		...{ roots, target, home, model: result.model, cancel: terminal.interrupts.cancel },
		paths: result.gains.map(({ path }) => path),
		adapter: result.adapter ?? undefined,
	});
	terminal.print(describeExamples(examples, result));
	return { ...listed, examples };
}

const objectives: Readonly<Record<string, PaperObjective>> = {
	"cross-entropy": "crossEntropy",
	perplexity: "perplexity",
};

function objectiveOf(options: Options, preset: string): PaperObjective | undefined {
	if (options.text("objective") === undefined) return undefined;
	if (preset !== "paper") throw usageError(`--objective is for --preset paper, not for ${preset}`);
	return objectives[options.choice("objective", Object.keys(objectives), "")];
}

/** The next interrupt, or the end of the time. */
function endOfWatch(minutes: number | null, terminal: Terminal): Promise<void> {
	const interrupt = terminal.interrupts.next();
	return minutes === null ? interrupt : Promise.race([interrupt, passed(60_000 * minutes)]);
}

/** A timer beyond `longestTimer` rings at once. */
async function passed(milliseconds: number): Promise<void> {
	for (let left = milliseconds; left > 0; left -= longestTimer)
		await setTimeout(Math.min(left, longestTimer), undefined, { ref: false });
}

const longestTimer = 2 ** 31 - 1;

const defaultMinutes = 10;
const defaultSeed = 42;
