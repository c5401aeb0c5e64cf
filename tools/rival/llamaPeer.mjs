/**
 * llama.cpp behind a line protocol, for benchmarks and tests: a JSON object per line in, one out.
 *
 *     ATTUNE_LLAMA=... node tools/rival/llamaPeer.mjs MODEL.gguf THREADS CONTEXT exact|fast [LORA.gguf]
 *     {"prompt": [ids], "tokens": n}  ->  {"ids": [ids], "prefill": s, "decode": s}     greedy, n + 1 ids; from nothing to the first, then the rest
 *     {"text": "..."}                 ->  {"ids": [ids]}                                 its tokenizer's ids
 *
 * Keys and values are kept in F32, as ours are. `exact` keeps away from flash attention, which rounds to F16 on the way; `fast` leaves the choice to
 * llama.cpp. ATTUNE_LLAMA is the folder that tools/rival/llama.mjs made.
 */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [file, threads, contextSize, attention, lora] = process.argv.slice(2);
const entry = join(process.env.ATTUNE_LLAMA ?? "", "node_modules", "node-llama-cpp", "dist", "index.js");
const { getLlama } = await import(pathToFileURL(entry).href);
const settings = { gpu: false, build: "never", skipDownload: true, progressLogs: false, logLevel: "error" };
const llama = await getLlama({ ...settings, maxThreads: Number(threads) });
const model = await llama.loadModel({ modelPath: file });
const context = await model.createContext({
	contextSize: Number(contextSize),
	threads: { ideal: Number(threads), min: Number(threads) },
	experimentalKvCacheKeyType: "F32",
	experimentalKvCacheValueType: "F32",
	flashAttention: attention === "exact" ? false : "auto",
	...(lora !== undefined && { lora }),
});
const sequence = context.getSequence();
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

answer({ contextSize: context.contextSize, vocabulary: model.vocabularyType });
for await (const line of createInterface({ input: process.stdin })) {
	const { prompt, tokens, text } = JSON.parse(line);
	answer(text === undefined ? await write(prompt, tokens) : { ids: model.tokenize(text, false) });
}
process.exit(0);

async function write(prompt, tokens) {
	await sequence.clearHistory();
	const ids = [];
	const start = performance.now();
	let first = start;
	for await (const id of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
		if (ids.length === 0) first = performance.now();
		ids.push(id);
		if (ids.length > tokens) break;
	}
	return { ids, prefill: (first - start) / 1000, decode: (performance.now() - first) / 1000 };
}
