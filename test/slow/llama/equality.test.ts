/** llama.cpp, with what `attune export` wrote, writes what we write: the proof of names, layouts, tokenizer and adapter. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neverCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { seededRandom } from "#base/random";
import { openLlama } from "#engine/bench/llama";
import { attuneHome } from "#engine/home";
import { type LoadedModel, loadModel } from "#engine/loadModel";
import type { ModelConfig } from "#models/config";
import { linearModules, linearShape } from "#models/parameters";
import { readAdapter, writeAdapter } from "#runtime/adapterFolder";
import type { Adapter } from "#runtime/adapterState";
import { writeAdapterGguf, writeModelGguf } from "#runtime/gguf/model";
import { prepareWeights } from "#runtime/weights";
import { goldenNames, readGolden } from "#test/golden/fixture";
import { done } from "#test/slow/commandLine";
import { compare } from "#test/slow/llama/same";
import { needLlama } from "#test/support/needs";

describe("slow/llama", () => {
	const folder = mkdtempSync(join(tmpdir(), "attune-llama-"));
	const home = join(folder, "home");
	const path = (name: string) => join(folder, name);
	const options = { cancel: neverCancelled };
	const openExact = (given: { model: string; lora?: string | undefined; context: number }) =>
		openLlama({ ...given, threads: 1, attention: "exact" });
	before(function () {
		needLlama(this);
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	describe("the shipped model", () => {
		let model: LoadedModel;
		let adapter: Adapter;
		before(async () => {
			model = await loadModel(undefined, attuneHome({ ATTUNE_HOME: home }));
			adapter = seededAdapter(model.config);
			writeAdapter(path("adapter"), adapter, model.name, { baseModelHash: model.weights.hash });
			const exports = [
				["--out", path("base.gguf")],
				["--adapter", path("adapter"), "--out", path("lora.gguf")],
			];
			for (const words of exports) await done(["export", "--format", "gguf", ...words], { home });
		});

		it("gives the same text after 200 places of this project's source, and the same ids of the text before", async () => {
			const llama = await openExact({ model: path("base.gguf"), context: 512 });
			const texts = places(200);
			for (const text of texts) deepEqual(await llama.tokenize(text), [...model.tokenizer.encode(text)], text);
			const prompts = texts.map((text) => model.tokenizer.encode(text).slice(0, 64));
			const { different, ties, tokens, distinct } = await compare(model, llama, prompts, 16);
			llama.close();
			deepEqual(different, []);
			ok(ties <= 10 && tokens > 190 * 16 && distinct > 200, `${ties} ties, ${tokens} tokens, ${distinct} ids`);
		});

		it("gives the same text with an adapter beside it, and another one than without", async () => {
			const llama = await openExact({ model: path("base.gguf"), lora: path("lora.gguf"), context: 512 });
			const prompts = places(30).map((text) => model.tokenizer.encode(text).slice(0, 128));
			const { different, ties, tokens } = await compare(model, llama, prompts, 16, adapter);
			deepEqual(different, []);
			ok(ties <= 3 && tokens > 28 * 16, `${ties} ties, ${tokens} tokens`);
			ok((await compare(model, llama, prompts.slice(0, 12), 16)).different.length > 6);
			llama.close();
		});

		it("writes nearly the same from weights of 8 bits", async () => {
			await done(["export", "--format", "gguf", "--quantize", "q8_0", "--out", path("8.gguf")], { home });
			const llama = await openExact({ model: path("8.gguf"), context: 512 });
			const prompts = places(40).map((text) => model.tokenizer.encode(text).slice(0, 128));
			const { tokens } = await compare(model, llama, prompts, 8);
			llama.close();
			ok(tokens > 0.75 * 40 * 8, `${tokens} of ${40 * 8} tokens before the first difference`);
		});
	});

	for (const name of goldenNames) {
		it(`computes ${name} as we do, or is not given it`, async () => {
			const { config, folder: from } = readGolden(name);
			const weights = await prepareWeights(from, config, home);
			const whole = { name, folder: from, config, weights, vocabulary: undefined };
			const refused = refusals[name];
			if (refused !== undefined) {
				await rejects(writeModelGguf(path(`${name}.gguf`), whole, "f32", options), (error: unknown) => {
					ok(error instanceof AttuneError);
					equal(error.code, "unsupported");
					match(error.message, refused);
					return true;
				});
				return;
			}
			const adapter = readAdapter(join(from, "adapter"), config, weights.hash);
			await writeModelGguf(path(`${name}.gguf`), whole, "f32", options);
			await writeAdapterGguf(path(`${name}.lora.gguf`), adapter, whole, from, options);
			for (const lora of [undefined, path(`${name}.lora.gguf`)]) {
				const llama = await openExact({ model: path(`${name}.gguf`), lora, context: 256 });
				const { different, tokens } = await compare(
					...[whole, llama, seededPrompts(config.vocabularySize), 16, lora === undefined ? undefined : adapter],
				);
				llama.close();
				deepEqual(different, []);
				ok(tokens > 18 * 16, `${tokens} tokens`);
			}
		});
	}
});

/** What llama.cpp would compute otherwise. */
const refusals: Readonly<Record<string, RegExp>> = {
	mistral: /a sliding window in a mistral model/,
	"qwen2-sliding": /a sliding window in a qwen2 model/,
	"qwen3-sliding": /a sliding window in a qwen3 model/,
};

/** `count` pieces of this project's source, each at most 400 characters long. */
function places(count: number): string[] {
	const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
	const random = seededRandom(7);
	return Array.from({ length: count }, () => {
		const text = readFileSync(join("src", files.sort()[random.below(files.length)] as string), "utf8");
		const end = 40 + random.below(text.length - 40);
		return text.slice(Math.max(0, end - 400), end);
	});
}

function seededPrompts(vocabulary: number): Int32Array[] {
	const random = seededRandom(8);
	return Array.from({ length: 20 }, () => Int32Array.from({ length: 20 }, () => random.below(vocabulary)));
}

/** Large enough to change what is written. */
function seededAdapter(config: ModelConfig): Adapter {
	const random = seededRandom(9);
	const values = (length: number) => Float32Array.from({ length }, () => 0.06 * random.normal());
	const modules = new Map<string, { a: Float32Array; b: Float32Array }>();
	for (let layer = 0; layer < config.layers; layer++) {
		for (const module of linearModules) {
			const [out, columns] = linearShape(config, module);
			modules.set(`model.layers.${layer}.${module}`, { a: values(4 * columns), b: values(out * 4) });
		}
	}
	return { lora: { rank: 4, alpha: 8, targets: linearModules }, modules };
}
