/** The shipped model in every format of its weights: what rounding costs in bits per byte, and that each one writes. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DecodeRequest, type Decoder, greedy } from "#assist/decoder";
import { neverCancelled } from "#base/cancel";
import { draftingPlaces } from "#engine/bench/drafting";
import { attuneHome, mediaFolder } from "#engine/home";
import { type LoadedModel, loadModel } from "#engine/loadModel";
import { openDecoder } from "#engine/openDecoder";
import type { WeightFormat } from "#models/decodeGraph";
import { DecodeSession } from "#runtime/decode/decodeSession";
import { prepareDecodeWeights } from "#runtime/decode/quantisedWeights";
import { Sequence } from "#runtime/decode/sequence";

const target = { provider: "cpu", dtype: "float32", threads: 1 } as const;
const rowsAtOnce = 64;

describe("slow/decode: the shipped model", () => {
	const folder = mkdtempSync(join(tmpdir(), "attune-decode-"));
	const home = attuneHome({ ATTUNE_HOME: folder });
	let model: LoadedModel;
	before(async () => {
		model = await loadModel(undefined, home);
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	it("loses less than 0.1 % of its bits per byte to int8, and less than 6 % to int4", async function () {
		this.timeout(60_000);
		const text = guardText();
		const plain = await bitsPerByte(model, text, "float32", home.weights);
		const eight = await bitsPerByte(model, text, "int8", home.weights);
		const four = await bitsPerByte(model, text, "int4", home.weights);
		process.stdout.write(
			`      bits per byte: float32 ${plain.toFixed(4)}, int8 ${eight.toFixed(4)}, int4 ${four.toFixed(4)}\n`,
		);
		ok(eight < plain * 1.001 && four < plain * 1.06, `bits per byte: ${plain}, int8 ${eight}, int4 ${four}`);
		ok(plain > 0.3 && plain < 4, `${plain}`);
	});

	for (const format of ["float32", "int8", "int4"] as const) {
		it(`writes the same at 24 cursors with drafts and without, from an old sequence and from a new one, in ${format}`, async function () {
			this.timeout(120_000);
			const decoder = await openDecoder(model, home, { format, target });
			for (const [i, { prompt, drafts }] of draftingPlaces(model.tokenizer, 24, 256).entries()) {
				const plain = await written(decoder, prompt, { sequence: `${i}` });
				equal(plain.length, 40);
				deepEqual(await written(decoder, prompt, { sequence: "kept", drafts }), plain);
				const told = [Int32Array.from([...prompt, ...plain])];
				deepEqual(await written(decoder, prompt, { sequence: "kept", drafts: told }), plain);
			}
			await decoder.release();
		});
	}
});

async function written(decoder: Decoder, prompt: Int32Array, more: Partial<DecodeRequest>): Promise<number[]> {
	const request = { prompt, maxTokens: 40, sampling: greedy, stop: [], sequence: "a", ...more };
	const ids: number[] = [];
	for await (const { id } of decoder.decode(request, neverCancelled)) ids.push(id);
	return ids;
}

function guardText(): string {
	const folder = mediaFolder("guard");
	const files = readdirSync(folder).filter((name) => name !== "SOURCES.md");
	return files.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
}

/** Of windows of 512 tokens, each read in parts. */
async function bitsPerByte(model: LoadedModel, text: string, format: WeightFormat, cache: string): Promise<number> {
	const { config } = model;
	const weights = await prepareDecodeWeights(model.weights, config, format, cache);
	const session = await DecodeSession.open({ config, weights, format, context: 512, target });
	const ids = [...model.tokenizer.encode(text)].slice(0, 512 * 12);
	let nats = 0;
	let bytes = 0;
	for (let start = 0; start < ids.length; start += 512) {
		const window = ids.slice(start, start + 512);
		const sequence = new Sequence(config, 512);
		bytes += Buffer.byteLength(model.tokenizer.decode(Int32Array.from(window.slice(1)), false));
		while (sequence.tokens.length + 1 < window.length) {
			const first = sequence.tokens.length;
			const part = window.slice(first, Math.min(first + rowsAtOnce, window.length - 1));
			const { logits, normalisers, present, rows } = await session.run(sequence, part, 0);
			sequence.append(part, present, rows);
			part.forEach((_, row) => {
				const next = window[first + row + 1] as number;
				nats += (normalisers[row] as number) - (logits[row * config.vocabularySize + next] as number);
			});
		}
	}
	await session.release();
	return nats / Math.LN2 / bytes;
}
