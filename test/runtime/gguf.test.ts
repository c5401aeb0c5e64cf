import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CancelSource, neverCancelled } from "#base/cancel";
import { seededRandom } from "#base/random";
import { decodeBlocks, encodeBlocks } from "#runtime/gguf/blocks";
import { type GgufTensor, type Metadata, writeGguf } from "#runtime/gguf/file";
import { modelTensors } from "#runtime/gguf/tensors";
import { vocabularyMetadata } from "#runtime/gguf/vocabulary";
import { goldenJson } from "#test/golden/tokenizerGolden";
import { loadTokenizer } from "#text/loadTokenizer";
import { parseTokenizerJson } from "#text/tokenizerJson";
import { writeModel } from "./crafted.ts";
import { config, failure, get, inModel, tensors } from "./modelPlace.ts";
import { inTemporaryFolder } from "./temporary.ts";

describe("runtime/gguf", () => {
	it("rounds to 8 bits with the scale first and the codes in order", () => {
		const block = Float32Array.from({ length: 32 }, (_, i) => i - 20);
		const bytes = encodeBlocks(block, "Q8_0");
		equal(bytes.length, 34);
		// 20 / 127 in F16, then the codes round(x * 127 / 20), the first one -127.
		deepEqual([...bytes.subarray(0, 4)], [0x0a, 0x31, 0x81, 0x87]);
		deepEqual([...bytes.subarray(21, 24)], [0xfa, 0, 6]);
		const back = decodeBlocks(bytes, "Q8_0");
		ok(block.every((value, i) => Math.abs(value - (back[i] as number)) <= 20 / 127 / 2 + 0.01));
	});

	it("rounds to 4 bits, the largest to -8, number i beside number i + 16", () => {
		const block = Float32Array.from({ length: 32 }, (_, i) => (i === 0 ? 8 : i === 16 ? -3 : i === 31 ? 7 : 0));
		const bytes = encodeBlocks(block, "Q4_0");
		// Scale -1, so 8 is code -8 (0), -3 is 3 (11), 7 is -7 (1), and 0 is 8.
		deepEqual([...bytes], [0x00, 0xbc, 0xb0, ...Array(14).fill(0x88), 0x18]);
		deepEqual(
			decodeBlocks(bytes, "Q4_0").map((value) => value + 0),
			block,
		);
	});

	it("keeps the error of any block within its scale, and zeros zero", () => {
		const random = seededRandom(5);
		for (const [type, bound] of [
			["Q8_0", 1 / 254 + 1e-3],
			["Q4_0", 1 / 8 + 1e-3],
		] as const) {
			const values = Float32Array.from({ length: 32 * 50 }, () => random.normal());
			const back = decodeBlocks(encodeBlocks(values, type), type);
			for (let at = 0; at < values.length; at += 32) {
				const most = Math.max(...values.subarray(at, at + 32).map(Math.abs));
				for (let i = at; i < at + 32; i++) ok(Math.abs((values[i] as number) - (back[i] as number)) <= bound * most);
			}
			ok(decodeBlocks(encodeBlocks(new Float32Array(32), type), type).every((value) => value === 0));
		}
	});

	it("writes header, metadata, tensors and bytes where the format has them", async () => {
		await inTemporaryFolder(async (folder) => {
			const file = join(folder, "new", "a.gguf");
			const bytes = await writeGguf(file, metadata, [plain("a", [2, 3]), plain("b", [5])], { cancel: neverCancelled });
			const content = readFileSync(file);
			equal(content.length, bytes);
			deepEqual(readdirSync(join(folder, "new")), ["a.gguf"]);
			const read = new Reader(content);
			equal(read.bytes(4).toString(), "GGUF");
			deepEqual([read.uint32(), read.uint64(), read.uint64()], [3, 2, metadata.size]);
			deepEqual([read.text(), read.uint32(), read.text()], ["name", 8, "ä"]);
			deepEqual([read.text(), read.uint32(), read.uint32()], ["count", 4, 7]);
			deepEqual([read.text(), read.uint32(), read.bytes(4).readFloatLE()], ["rate", 6, 0.5]);
			deepEqual([read.text(), read.uint32(), read.bytes(1)[0]], ["yes", 7, 1]);
			deepEqual([read.text(), read.uint32(), read.uint32(), read.uint64()], ["ids", 9, 5, 2]);
			deepEqual([read.uint32(), read.uint32()], [3, 0xffffffff]);
			deepEqual([read.text(), read.uint32(), read.uint32(), read.uint64()], ["words", 9, 8, 2]);
			deepEqual([read.text(), read.text()], ["x", ""]);
			deepEqual([read.text(), read.uint32(), read.uint64(), read.uint64()], ["a", 2, 3, 2]);
			deepEqual([read.uint32(), read.uint64()], [0, 0]);
			deepEqual([read.text(), read.uint32(), read.uint64()], ["b", 1, 5]);
			deepEqual([read.uint32(), read.uint64()], [0, 32]);
			const data = Math.ceil(read.at / 32) * 32;
			equal(content.readFloatLE(data + 4 * 5), 5);
			equal(content.readFloatLE(data + 32 + 4 * 4), 4);
			equal(content.length, data + 64);
		});
	});

	it("hides the tokens that llama.cpp's own converter hides, and shows the rest, as a model's thoughts", () => {
		const known = goldenJson("qwen2") as { added_tokens: { id: number }[] };
		const names = ["<think>", "<tool_call>", "<|fim_pad|>", "<｜User｜>"];
		const added = names.map((content, i) => ({ id: 3000 + i, content, special: false }));
		const file = { ...known, added_tokens: [...known.added_tokens.filter(({ id }) => id < 2504), ...added] };
		const json = parseTokenizerJson(file, "tokenizer.json");
		const tokenizer = loadTokenizer({ tokenizer: file, file: "tokenizer.json" });
		const none = { infill: undefined, chatTemplate: undefined, bosId: undefined, eosId: undefined };
		const metadata = vocabularyMetadata({ json, tokenizer, file: "tokenizer.json", ...none }, 3010);
		const types = metadata.get("tokenizer.ggml.token_type");
		// Of llama.cpp: 1 normal, 3 control, 4 user defined, 5 unused.
		deepEqual(
			types !== undefined && "int32s" in types && [0, 2500, 2999, 3000, 3001, 3002, 3003].map((id) => types.int32s[id]),
			[1, 3, 5, 4, 4, 3, 3],
		);
	});

	it("leaves nothing behind when it is cancelled", async () => {
		await inTemporaryFolder(async (folder) => {
			const source = new CancelSource();
			source.cancel();
			const writing = writeGguf(join(folder, "a.gguf"), metadata, [plain("a", [2])], { cancel: source });
			await rejects(writing, failure("cancelled", /./));
			deepEqual(readdirSync(folder), []);
		});
	});

	it("puts the halves of llama's query and key heads in turn, and nothing else", () =>
		inModel(async ({ model, prepare }) => {
			writeModel(model, tensors);
			const written = modelTensors(await prepare(), config, "f32");
			const values = (name: string) =>
				Float32Array.from(
					written.filter((t) => t.name === name).flatMap((t) => [...t.pieces()].flatMap((piece) => [...piece])),
				);
			const row = (name: string, index: number) => get(name).values.subarray(index * 8, index * 8 + 8);
			const query = values("blk.1.attn_q.weight");
			// Two heads of 4 rows: 0 2 1 3, then 4 6 5 7.
			[0, 2, 1, 3, 4, 6, 5, 7].forEach((from, i) => {
				deepEqual(query.subarray(i * 8, i * 8 + 8), row("model.layers.1.self_attn.q_proj.weight", from));
			});
			deepEqual(values("blk.0.attn_v.weight"), get("model.layers.0.self_attn.v_proj.weight").values);
			deepEqual(values("token_embd.weight"), get("model.embed_tokens.weight").values);
			equal(
				written.find(({ name }) => name === "output.weight"),
				undefined,
			);
			// Rows of 8 are no whole blocks of 32.
			const rounded = modelTensors(await prepare(), config, "q8_0");
			deepEqual(new Set(rounded.map(({ shape, type }) => `${shape.length} ${type}`)), new Set(["2 F16", "1 F32"]));
		}));
});

const metadata: Metadata = new Map([
	["name", { text: "ä" }],
	["count", { uint32: 7 }],
	["rate", { float32: 0.5 }],
	["yes", { bool: true }],
	["ids", { int32s: [3, -1] }],
	["words", { texts: ["x", ""] }],
]);

/** Holds 0, 1, 2, ... */
function plain(name: string, shape: readonly number[]): GgufTensor {
	const length = shape.reduce((a, b) => a * b, 1);
	return { name, shape, type: "F32", pieces: () => [Float32Array.from({ length }, (_, i) => i)] };
}

class Reader {
	at = 0;
	readonly #content: Buffer;

	constructor(content: Buffer) {
		this.#content = content;
	}

	bytes(count: number): Buffer {
		this.at += count;
		return this.#content.subarray(this.at - count, this.at);
	}

	uint32(): number {
		return this.bytes(4).readUInt32LE();
	}

	uint64(): number {
		return Number(this.bytes(8).readBigUInt64LE());
	}

	text(): string {
		return this.bytes(this.uint64()).toString();
	}
}
