import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { AttuneError } from "#base/errors";
import { attuneHome, type Home } from "#engine/home";
import { loadModel } from "#engine/loadModel";
import { listModels, modelInfo, publishedName, resolveModel, sourceFile } from "#engine/models";
import { parseConfig } from "#models/config";
import { goldenJson, goldenTokenizer } from "#test/golden/tokenizerGolden";
import { craftTensors, randomTensors, type StoredType, tinyConfigJson } from "#test/runtime/crafted";
import { inTemporaryFolder } from "#test/runtime/temporary";

const end = goldenTokenizer("starcoder").special("<|endoftext|>") ?? -1;
const configJson = { ...tinyConfigJson, vocab_size: 2560, bos_token_id: end, eos_token_id: end };

describe("engine/models", () => {
	it("finds a model by name, by path and by relative path", () =>
		inHome((home) => {
			writeModel(join(home.models, "mine"));
			const folder = join(home.models, "mine");
			const found = { name: "mine", folder, reference: "mine" };
			deepEqual(resolveModel("mine", home), found);
			deepEqual(resolveModel(folder, home), found);
			deepEqual(resolveModel(relative(process.cwd(), folder), home), found);
			const elsewhere = join(home.models, "..", "elsewhere");
			writeModel(elsewhere);
			deepEqual(resolveModel(relative(process.cwd(), elsewhere), home), {
				...{ name: "elsewhere", folder: elsewhere, reference: elsewhere },
			});
			equal(
				listModels(home).some(({ name }) => name === "mine"),
				true,
			);
		}));

	it("names a fetched model as its publisher does, any other as it is called here", () =>
		inHome((home) => {
			const folder = join(home.models, "some-owner--mine");
			writeModel(folder);
			equal(publishedName({ name: "some-owner--mine", folder }), "some-owner--mine");
			writeFileSync(join(folder, sourceFile), JSON.stringify({ repository: "some-owner/mine", revision: "main" }));
			equal(publishedName({ name: "some-owner--mine", folder }), "some-owner/mine");
			for (const damaged of ["{", "[]", '{"repository": 3}']) {
				writeFileSync(join(folder, sourceFile), damaged);
				equal(publishedName({ name: "some-owner--mine", folder }), "some-owner--mine");
			}
		}));

	it("says what a model is without reading its weights", () =>
		inHome((home) => {
			writeModel(join(home.models, "mine"), "BF16");
			writeFileSync(join(home.models, "mine/chat_template.jinja"), "");
			const { folder, writingMiB, preparedMiB, ...info } = modelInfo("mine", home);
			equal(writingMiB.int8 <= writingMiB.float32, true);
			// A copy in float32.
			equal(preparedMiB.float32, 1);
			equal(folder, join(home.models, "mine"));
			deepEqual(info, {
				...{ name: "mine", modelType: "llama", layers: 2, hiddenSize: 8, vocabulary: 2560, context: 2048 },
				// 2,560 x 8 embeddings, and per layer 2 x 8x8 + 2 x 4x8 + 3 x 12x8 + 2 x 8, and the last norm's 8.
				...{ parameters: 2560 * 8 + 2 * (128 + 64 + 288 + 16) + 8, types: "BF16", diskMiB: 0, memoryMiB: 0 },
				...{ infilling: "starcoder", chatTemplate: true, converses: true },
			});
		}));

	it("loads one and reads its weights only once", () =>
		inHome(async (home) => {
			writeModel(join(home.models, "mine"), "F16");
			let reads = 0;
			const first = await loadModel("mine", home, { onProgress: () => reads++ });
			equal(reads > 0, true);
			reads = 0;
			const second = await loadModel("mine", home, { onProgress: () => reads++ });
			equal(reads, 0);
			deepEqual([second.id, second.weights.hash], [first.id, first.weights.hash]);
		}));

	it("names what it looked for", () =>
		inHome((home) => {
			writeModel(join(home.models, "mine"));
			throws(
				() => resolveModel("other", home),
				failure("config", /there is no model "other" in .*models, and no such folder/, /mine/),
			);
			throws(() => resolveModel(home.models, home), failure("config", /this folder has no config.json/));
			throws(() => resolveModel("package.json", home), failure("config", /this is a file, not a model's folder/));
		}));

	const write = (name: string, content: unknown) => (folder: string) =>
		writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
	const remove = (name: string) => (folder: string) => rmSync(join(folder, name));
	const broken: [string, (folder: string) => void, string, RegExp][] = [
		["a config that is not JSON", write("config.json", "{'a'}"), "config", /config.json: it is not JSON/],
		["an empty config", write("config.json", ""), "config", /config.json: the file is empty/],
		["a config without a model type", write("config.json", {}), "config", /"model_type" is missing/],
		[
			"a model of another kind",
			write("config.json", { model_type: "bert" }),
			"unsupported",
			/model_type "bert" is not supported/,
		],
		["no tokenizer", remove("tokenizer.json"), "tokenizer", /tokenizer.json: the file is missing/],
		["a tokenizer that is not JSON", write("tokenizer.json", "<html>"), "tokenizer", /tokenizer.json: it is not JSON/],
		[
			"a tokenizer of another model",
			write("tokenizer.json", goldenJson("metaspace")),
			"tokenizer",
			/tokenizer.json: config.json marks .* of another model/,
		],
		[
			"an embedding smaller than the vocabulary",
			write("config.json", { ...configJson, vocab_size: 2503 }),
			"tokenizer",
			/has 2504 ids, the model embeds only 2503/,
		],
		["no weights", remove("model.safetensors"), "weights", /neither model.safetensors/],
		[
			"weights of another shape",
			write("config.json", { ...configJson, intermediate_size: 16 }),
			"weights",
			/config.json asks for \[16, 8\]/,
		],
		["truncated weights", write("model.safetensors", "\u0010\0\0\0\0\0\0\0{"), "weights", /truncated/],
	];
	for (const [name, damage, code, reason] of broken) {
		it(`refuses ${name}, asked about or loaded`, () =>
			inHome(async (home) => {
				const folder = join(home.models, "mine");
				writeModel(folder);
				damage(folder);
				// Without its config a folder is no model, so the path is given.
				throws(() => modelInfo(folder, home), failure(code, reason));
				await rejects(loadModel(folder, home), failure(code, reason));
			}));
	}
});

function inHome(work: (home: Home) => void | Promise<void>): Promise<void> {
	return inTemporaryFolder((folder) => work(attuneHome({ ATTUNE_HOME: folder })));
}

function writeModel(folder: string, dtype: StoredType = "F32"): void {
	mkdirSync(folder, { recursive: true });
	const config = parseConfig(configJson, "config.json");
	writeFileSync(join(folder, "config.json"), JSON.stringify(configJson));
	writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(goldenJson("starcoder")));
	writeFileSync(join(folder, "model.safetensors"), craftTensors(randomTensors(config), dtype));
}

function failure(code: string, reason: RegExp, remedy = /.{10}/): (error: unknown) => true {
	return (error) => {
		if (!(error instanceof AttuneError)) throw error;
		equal(error.code, code, error.message);
		match(error.message, reason);
		match(error.remedy, remedy);
		return true;
	};
}
