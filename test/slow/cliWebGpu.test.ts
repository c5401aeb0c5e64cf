/** `--device webgpu` through the command line, in CI on software Vulkan: the same learning as on the CPU. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "#base/random";
import { parseConfig } from "#models/config";
import { parameterShapes } from "#models/parameters";
import type { AdaptResult } from "#protocol/learning";
import { SafetensorsFile } from "#runtime/safetensors";
import { relativeL2 } from "#test/golden/fixture";
import { type CraftedTensor, craftTensors } from "#test/runtime/crafted";
import { done, failed } from "#test/slow/commandLine";
import { wideProject } from "#test/slow/realProject";
import { needWebGpu } from "#test/support/needs";
import { byteLetters } from "#text/tokenBytes";

/** Relative; both sides are float32. */
const bound = 1e-3;

describe("cli --device webgpu", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-webgpu-"));
	const home = join(place, "home");
	const project = join(place, "project");
	const model = join(place, "tiny");
	const out = (device: string): string => join(place, `adapter-${device}`);

	before(() => {
		wideProject(project, ["adapt/session.ts", "adapt/order.ts"]);
		writeTinyModel(model);
	});
	after(() => rmSync(place, { recursive: true, force: true }));

	it("adapts as the CPU does", async function () {
		needWebGpu(this);
		const [cpu, gpu] = [await adapt("cpu"), await adapt("webgpu")];
		deepEqual([cpu.device, gpu.device], ["cpu", "webgpu"]);
		deepEqual([gpu.passes.backward, gpu.windows], [2, cpu.windows]);
		ok(cpu.accepted && gpu.accepted, `${cpu.verdict}; ${gpu.verdict}`);
		for (const time of ["before", "after"] as const) {
			const [wanted, got] = [cpu.heldOut?.[time].bitsPerByte ?? 0, gpu.heldOut?.[time].bitsPerByte ?? 0];
			ok(wanted > 0 && Math.abs(got / wanted - 1) <= bound, `${time}: ${got}, on the CPU ${wanted}`);
		}
		const [wanted, got] = [tensorsOf(out("cpu")), tensorsOf(out("webgpu"))];
		deepEqual([...got.keys()], [...wanted.keys()]);
		for (const [name, values] of wanted) ok(relativeL2(got.get(name) ?? [], values) <= bound, name);
	});

	it("without a driver says so, and what works instead", async function () {
		if (process.platform !== "linux") this.skip();
		// No Vulkan driver is found there, whatever the machine has.
		const env = { VK_ICD_FILENAMES: join(place, "no-driver.json"), VK_DRIVER_FILES: join(place, "no-driver.json") };
		const { code, error } = await failed(["adapt", project, "--device", "webgpu", "--updates", "2"], { home, env });
		deepEqual([code, error.code], [1, "device"]);
		match(error.reason, /"webgpu" cannot be used: .*(adapter|no answer|driver)/i);
		match(error.remedy, /attune devices.*--device cpu/);
		equal(error.reason.includes("\n"), false);
	});

	function adapt(device: string): Promise<AdaptResult> {
		// The minutes are never used up: they make a slow device read less general text before and after.
		const bounds = ["--updates", "2", "--minutes", "3"];
		const words = ["adapt", project, "--model", model, "--device", device, ...bounds, "--out", out(device)];
		return done<AdaptResult>(words, { home: join(place, `home-${device}`) });
	}
});

/** A Llama of one layer that knows nothing, over bytes: software Vulkan computes a thousand times less than a GPU. */
function writeTinyModel(folder: string): void {
	const end = byteLetters.length;
	const tokenizer = {
		model: { type: "BPE", vocab: Object.fromEntries(byteLetters.map((letter, byte) => [letter, byte])), merges: [] },
		pre_tokenizer: { type: "ByteLevel", add_prefix_space: false },
		decoder: { type: "ByteLevel" },
		added_tokens: [{ id: end, content: "<|endoftext|>", special: true }],
	};
	const config = {
		...{ model_type: "llama", architectures: ["LlamaForCausalLM"], hidden_size: 16, intermediate_size: 24 },
		...{ vocab_size: end + 1, bos_token_id: null, eos_token_id: end },
		...{ num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1, max_position_embeddings: 128 },
		...{ tie_word_embeddings: true, rms_norm_eps: 1e-5, rope_theta: 10_000 },
	};
	const random = seededRandom(1);
	const tensors = new Map<string, CraftedTensor>();
	for (const [name, shape] of parameterShapes(parseConfig(config, "config.json"))) {
		const length = shape.reduce((a, b) => a * b, 1);
		const value = name.includes("norm") ? () => 1 : () => 0.4 * (random.uniform() - 0.5);
		tensors.set(name, { shape, values: Float32Array.from({ length }, value) });
	}
	mkdirSync(folder);
	writeFileSync(join(folder, "config.json"), JSON.stringify(config));
	writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
	writeFileSync(join(folder, "model.safetensors"), craftTensors(tensors, "F32"));
}

function tensorsOf(adapter: string): Map<string, Float32Array> {
	const file = new SafetensorsFile(join(adapter, "adapter_model.safetensors"));
	try {
		return new Map([...file.header.tensors.keys()].sort().map((name) => [name, file.read(name)]));
	} finally {
		file.close();
	}
}
