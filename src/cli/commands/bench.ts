import { availableParallelism } from "node:os";
import { describeBar, holdBars, standingOf } from "#engine/bench/bars";
import { benchDecode } from "#engine/bench/decode";
import { openLlamaSide } from "#engine/bench/decodeRival";
import { benchLearn } from "#engine/bench/learn";
import { whyNoLlama } from "#engine/bench/llama";
import { benchShapes } from "#engine/bench/model";
import type { BenchRow } from "#engine/bench/row";
import { benchStream } from "#engine/bench/stream";
import { attuneHome, programFile } from "#engine/home";
import type { ModelChoice } from "#protocol/serving";
import { type Command, type Options, type Terminal, usageError } from "../command.ts";
import { table } from "../table.ts";
import { weightFormats } from "../weightFormats.ts";
import { benchComplete, benchCompleteBesideLearning } from "./benchComplete.ts";
import { benchServe } from "./benchServe.ts";

const kinds = ["learn", "decode", "complete", "serve", "stream"] as const;

export const bench: Command = {
	name: "bench",
	usage:
		"learn [--rival] [--rounds N] [--hold] | decode [--model M] [--rival] [--rounds N] [--format F] | complete [--model M] [--format F] [--adapter DIR] [--adapting] [--hold] | serve [--model M] [--format F] [--rounds N] | stream <folder> [--hold]  [--threads N]",
	summary: "Speed on this machine; with --rival beside PyTorch or llama.cpp, in turn, in the same run.",
	help: [
		"learn --rival   needs ATTUNE_PYTHON: a Python with torch, transformers and peft",
		"learn --shape S 135m (default), of which all figures are | tiny, to see that it works",
		"--hold          fail unless what is asked of each row holds; of learn, complete and stream",
		"decode          of the benchmarks' own shape and the shipped model, or of --model alone",
		"decode --rival  needs ATTUNE_LLAMA: the folder that tools/rival/llama.mjs makes",
		"serve           cold start, memory, exchange of the adapter and stopping, of the process that an editor starts",
		"complete        what each key of typing takes in that process, with an adapter; how long an editor waits for a pause is not in it",
		"--adapting      times suggestions alone and beside a project that is being learned",
	],
	options: {
		rival: { type: "boolean" },
		hold: { type: "boolean" },
		shape: { type: "string" },
		rounds: { type: "string" },
		threads: { type: "string" },
		model: { type: "string" },
		format: { type: "string" },
		adapter: { type: "string" },
		adapting: { type: "boolean" },
	},
	async run([kind, folder], options, terminal) {
		if (options.flag("hold") && (kind === "decode" || kind === "serve"))
			throw usageError(`bench ${kind} asks nothing of its rows: leave --hold out`);
		if (kind === "learn") return runLearn(options, terminal);
		if (kind === "decode") return runDecode(options, terminal);
		if (kind === "complete") return runComplete(options, terminal);
		if (kind === "serve") return runServe(options, terminal);
		if (kind !== "stream") throw usageError(`bench what? one of ${kinds.join(", ")}`);
		return held(await benchStream(folder ?? "."), options, terminal);
	},
};

async function runLearn(options: Options, terminal: Terminal): Promise<{ rows: readonly BenchRow[] }> {
	const python = process.env["ATTUNE_PYTHON"];
	if (options.flag("rival") && python === undefined)
		terminal.print("no rival: set ATTUNE_PYTHON to a Python with torch, transformers and peft");
	const shape = options.choice("shape", Object.keys(benchShapes), "135m") as keyof typeof benchShapes;
	const rows = await benchLearn({
		shape: benchShapes[shape],
		cache: attuneHome().bench,
		python: options.flag("rival") ? python : undefined,
		rounds: options.number("rounds", 1) ?? defaultRounds,
		threads: options.number("threads", 1) ?? availableParallelism(),
		benchFile: programFile("bench"),
		onRound: (done, total) => terminal.progress(`round ${done} of ${total}`),
	});
	return held(rows, options, terminal);
}

async function runDecode(options: Options, terminal: Terminal): Promise<{ rows: readonly BenchRow[] }> {
	const threads = options.number("threads", 1) ?? availableParallelism();
	const missing = options.flag("rival") ? whyNoLlama() : undefined;
	if (missing !== undefined) terminal.print(`no rival: ${missing}`);
	const rows = await benchDecode({
		model: options.text("model"),
		formats:
			options.text("format") === undefined ? weightFormats : [options.choice("format", weightFormats, "float32")],
		rounds: options.number("rounds", 1) ?? defaultRounds,
		threads,
		...(options.flag("rival") &&
			missing === undefined && { rival: (model, format) => openLlamaSide(model, format, attuneHome(), threads) }),
		onRound: (done, total) => terminal.progress(`${done} of ${total}`),
	});
	return printed(rows, terminal);
}

async function runComplete(options: Options, terminal: Terminal): Promise<{ rows: readonly BenchRow[] }> {
	const request = {
		...{ choice: modelChoice(options, editorFormat), adapter: options.text("adapter") },
		cancel: terminal.interrupts.cancel,
		onKey: (done: number, total: number) => terminal.progress(`key ${done} of ${total}`),
	};
	if (!options.flag("adapting")) return held(await benchComplete(request), options, terminal);
	const { rows, cpuSeconds } = await benchCompleteBesideLearning(request);
	terminal.print(`learning had ${cpuSeconds.toFixed(1)} s of processor time meanwhile`);
	return held(rows, options, terminal);
}

async function runServe(options: Options, terminal: Terminal): Promise<{ rows: readonly BenchRow[] }> {
	const rows = await benchServe({
		choice: modelChoice(options, editorFormat),
		rounds: options.number("rounds", 1) ?? defaultRounds,
		onRound: (done, total) => terminal.progress(`round ${done} of ${total}`),
	});
	return printed(rows, terminal);
}

function modelChoice(options: Options, format: ModelChoice["format"]): ModelChoice {
	return {
		...{ model: options.text("model"), format: options.choice("format", weightFormats, format) },
		threads: options.number("threads", 0) ?? 0,
	};
}

function held(rows: readonly BenchRow[], options: Options, terminal: Terminal): { readonly rows: readonly BenchRow[] } {
	const result = printed(rows, terminal);
	if (options.flag("hold")) holdBars(rows);
	return result;
}

function printed(rows: readonly BenchRow[], terminal: Terminal): { readonly rows: readonly BenchRow[] } {
	const number = (value: number | null) => (value === null || Number.isNaN(value) ? "" : value.toPrecision(4));
	const barred = rows.some(({ asked }) => asked !== undefined);
	const cells = rows.map((row) => [
		...[`${row.name}, ${row.unit}`, number(row.ours), number(row.rival), number(row.ratio), String(row.runs)],
		...(barred ? [row.asked === undefined ? "" : `${describeBar(row.asked)}: ${standingOf(row)}`] : []),
	]);
	terminal.print(table([["", "ours", "rival", "ratio", "runs", ...(barred ? ["asked"] : [])], ...cells]));
	return { rows };
}

/** What an editor has unless its user chose another. */
const editorFormat = "int8";
const defaultRounds = 5;
