/** `attune export` as it is called: what it makes, and what it refuses. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Exported } from "#engine/export";
import { attuneHome, mediaFolder } from "#engine/home";
import { type LoadedModel, loadModel } from "#engine/loadModel";
import { linearShape } from "#models/parameters";
import { writeAdapter } from "#runtime/adapterFolder";
import { done, failed } from "#test/slow/commandLine";

describe("cli export", () => {
	const folder = mkdtempSync(join(tmpdir(), "attune-export-"));
	const home = join(folder, "home");
	const path = (name: string) => join(folder, name);
	let model: LoadedModel;
	before(async () => {
		model = await loadModel(undefined, attuneHome({ ATTUNE_HOME: home }));
		const record = { baseModelHash: model.weights.hash, accepted: true, read: { "src/secret.ts": "00" } };
		writeAdapter(path("adapter"), oneModule(model), model.name, record);
	});
	after(() => rmSync(folder, { recursive: true, force: true }));
	const exported = (words: readonly string[]) => done<Exported>(["export", ...words], { home, cwd: folder });
	const refused = async (words: readonly string[]) => {
		const { code, error } = await failed(["export", ...words], { home, cwd: folder });
		ok(error.remedy.length > 10);
		return `${code} ${error.code}: ${error.reason}`;
	};

	it("writes the model in four precisions, named after it", async () => {
		const sizes: number[] = [];
		for (const quantize of ["f32", "f16", "q8_0", "q4_0"]) {
			const { path: file, bytes } = await exported(["--format", "gguf", "--quantize", quantize]);
			equal(file, path(`starter-${quantize}.gguf`));
			equal(statSync(file).size, bytes);
			equal(readFileSync(file).subarray(0, 4).toString(), "GGUF");
			sizes.push(bytes);
		}
		deepEqual(
			sizes,
			sizes.toSorted((a, b) => b - a),
		);
	});

	it("names it after the model however that is named", async () => {
		cpSync(mediaFolder("starter"), path("mine"), { recursive: true });
		const made = (words: readonly string[]) =>
			done<Exported>(["export", "--format", "gguf", "--quantize", "q4_0", ...words], { home, cwd: path("mine") });
		equal((await made(["--model", "."])).path, path("mine/mine-q4_0.gguf"));
		cpSync(mediaFolder("starter"), join(home, "models/owner--fetched"), { recursive: true });
		writeFileSync(join(home, "models/owner--fetched/attune-source.json"), '{ "repository": "owner/fetched" }');
		equal((await made(["--model", "owner/fetched"])).path, path("mine/fetched-q4_0.gguf"));
	});

	it("hands an adapter on without the names of the files it learned", async () => {
		const { path: copy, bytes } = await exported([
			"--adapter",
			path("adapter"),
			"--format",
			"peft",
			"--out",
			path("peft"),
		]);
		deepEqual(readdirSync(copy), ["adapter_config.json", "adapter_model.safetensors", "attune.json"]);
		equal(
			readdirSync(copy).reduce((sum, name) => sum + statSync(join(copy, name)).size, 0),
			bytes,
		);
		const [was, is] = ["adapter", "peft"].map((name) => readFileSync(path(`${name}/adapter_model.safetensors`)));
		deepEqual(is, was);
		const record = JSON.parse(readFileSync(path("peft/attune.json"), "utf8")) as Record<string, unknown>;
		deepEqual(record, { baseModelHash: model.weights.hash, accepted: true });
		// It is as good as the first for the next export.
		ok((await exported(["--adapter", copy, "--format", "gguf"])).bytes > 1000);
	});

	it("makes a model that Attune opens as well, and another than the base", async () => {
		const { path: merged } = await exported([
			"--adapter",
			path("adapter"),
			"--format",
			"merged",
			"--out",
			path("merged"),
		]);
		deepEqual(readdirSync(merged).sort(), readdirSync(mediaFolder("starter")).sort());
		const { models } = await done<{ models: { layers: number }[] }>(["models", "info", merged], { home });
		equal(models[0]?.layers, model.config.layers);
		const opened = await loadModel(merged, attuneHome({ ATTUNE_HOME: home }));
		const name = "model.layers.1.self_attn.q_proj.weight";
		const change = (opened.weights.read(name)[5] as number) - (model.weights.read(name)[5] as number);
		ok(Math.abs(change - 0.02) < 1e-3, `${change}`);
	});

	it("says what is wrong, and replaces nothing", async () => {
		match(await refused([]), /^2 usage: --format is missing/);
		match(await refused(["--format", "peft"]), /^2 usage: --format peft needs an adapter/);
		match(await refused(["--format", "onnx"]), /^2 usage: --format is one of peft, merged, gguf/);
		match(await refused(["--format", "gguf", "--quantize", "q5"]), /^2 usage: --quantize is one of/);
		const quantised = ["--format", "merged", "--adapter", path("adapter"), "--quantize", "f16"];
		match(await refused(quantised), /^2 usage: --quantize is for a model's GGUF/);
		writeFileSync(path("taken"), "mine");
		match(await refused(["--format", "gguf", "--out", path("taken")]), /^1 storage: .*there is something already/);
		equal(readFileSync(path("taken"), "utf8"), "mine");
		match(await refused(["--format", "gguf", "--out", path("taken/a.gguf")]), /^1 storage: .*not a folder|already/);
		match(
			await refused(["--format", "gguf", "--adapter", path("none"), "--out", path("x")]),
			/^1 adapter: .*no such folder/,
		);
		cpSync(path("adapter"), path("other"), { recursive: true });
		writeFileSync(path("other/attune.json"), JSON.stringify({ baseModelHash: "11".repeat(32) }));
		match(
			await refused(["--format", "merged", "--adapter", path("other"), "--out", path("x")]),
			/^1 adapter: .*another base/,
		);
		ok(!existsSync(path("x")));
	});

	it("refuses a tokenizer that llama.cpp would read otherwise, by its name", async () => {
		cpSync(mediaFolder("starter"), path("odd"), { recursive: true });
		const file = path("odd/tokenizer.json");
		writeFileSync(file, readFileSync(file, "utf8").replace("|\\\\p{N}| ?", "|\\\\p{N}{1,2}| ?"));
		match(
			await refused(["--format", "gguf", "--model", path("odd"), "--out", path("y")]),
			/^1 unsupported: .*pre-tokenizer split .*\{1,2\}/,
		);
		ok(!existsSync(path("y")));
	});
});

/** 0.02 more for every weight of one module. */
function oneModule({ config }: LoadedModel) {
	const modules = new Map<string, { a: Float32Array; b: Float32Array }>();
	const [out, columns] = linearShape(config, "self_attn.q_proj");
	for (let layer = 0; layer < config.layers; layer++)
		modules.set(`model.layers.${layer}.self_attn.q_proj`, {
			a: new Float32Array(columns).fill(0.1),
			b: new Float32Array(out).fill(layer === 1 ? 0.1 : 0),
		});
	return { lora: { rank: 1, alpha: 2, targets: ["self_attn.q_proj"] as const }, modules };
}
