/** llama.cpp as the rival of `attune bench decode`: tools/rival/llamaPeer.mjs with a model that our own export wrote. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../home.ts";
import { openLines } from "./lines.ts";

export interface Llama {
	/** The `tokens + 1` most likely ids after `prompt`; seconds from nothing to the first, then for the rest. */
	write(prompt: ArrayLike<number>, tokens: number): Promise<LlamaAnswer>;
	/** Its tokenizer's ids of `text`. */
	tokenize(text: string): Promise<readonly number[]>;
	close(): void;
}

export interface LlamaAnswer {
	readonly ids: readonly number[];
	readonly prefill: number;
	readonly decode: number;
}

export interface LlamaOptions {
	/** A GGUF file. */
	readonly model: string;
	/** A GGUF file of an adapter. */
	readonly lora?: string | undefined;
	readonly threads: number;
	/** Positions of a sequence. */
	readonly context: number;
	/** "exact" without flash attention, which rounds to F16 on the way; "fast" as llama.cpp chooses. */
	readonly attention: "exact" | "fast";
}

/** Why there is no llama.cpp to compare with; undefined if there is one. */
export function whyNoLlama(environment: NodeJS.ProcessEnv = process.env): string | undefined {
	const how = 'run eval "$(node tools/rival/llama.mjs)" in a clone of Attune';
	const folder = environment["ATTUNE_LLAMA"] ?? "";
	if (folder === "") return `ATTUNE_LLAMA is not set: ${how}`;
	if (!existsSync(join(folder, "node_modules", "node-llama-cpp"))) return `no node-llama-cpp in ${folder}: ${how}`;
	return existsSync(script()) ? undefined : `this installation has no tools/rival: ${how}`;
}

/** Opens a model in a process of its own. Needs `whyNoLlama() === undefined`. */
export async function openLlama({ model, lora, threads, context, attention }: LlamaOptions): Promise<Llama> {
	const words = [script(), model, String(threads), String(context), attention, ...(lora === undefined ? [] : [lora])];
	const remedy = 'Run eval "$(node tools/rival/llama.mjs)" again.';
	// One pool thread to call it from: changing threads costs it most of its speed with small models.
	const { ask, close } = await openLines(process.execPath, words, remedy, { UV_THREADPOOL_SIZE: "1" });
	return {
		write: (prompt, tokens) => ask(JSON.stringify({ prompt: Array.from(prompt), tokens })),
		tokenize: async (text) => (await ask<{ ids: readonly number[] }>(JSON.stringify({ text }))).ids,
		close,
	};
}

function script(): string {
	return join(packageRoot(), "tools", "rival", "llamaPeer.mjs");
}
