/** A prompt of the shipped model read section by section: the same bits as through all layers at once, whatever is run in between. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { greedy } from "#assist/decoder";
import { CancelSource, neverCancelled } from "#base/cancel";
import { attuneHome } from "#engine/home";
import { type LoadedModel, loadModel } from "#engine/loadModel";
import { openDecoder } from "#engine/openDecoder";
import type { WeightFormat } from "#models/decodeGraph";
import { sectionsOf } from "#models/sections";
import type { OrtDecoder } from "#runtime/decode/decoder";
import { DecodeSession } from "#runtime/decode/decodeSession";
import { prepareDecodeWeights } from "#runtime/decode/quantisedWeights";
import { Sequence } from "#runtime/decode/sequence";

const target = { provider: "cpu", dtype: "float32", threads: 1 } as const;
const context = 512;

describe("slow/sections: the shipped model", () => {
	const folder = mkdtempSync(join(tmpdir(), "attune-sections-"));
	const home = attuneHome({ ATTUNE_HOME: folder });
	let model: LoadedModel;
	before(async () => {
		model = await loadModel(undefined, home);
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	const idsFrom = (first: number, count: number) =>
		Array.from({ length: count }, (_, i) => ((first + i) * 7919) % model.config.vocabularySize);

	async function opened(format: WeightFormat): Promise<DecodeSession> {
		const { config } = model;
		const weights = await prepareDecodeWeights(model.weights, config, format, home.weights);
		return DecodeSession.open({ config, weights, format, context, target });
	}

	for (const format of ["float32", "int8", "int4"] as const)
		it(`says and keeps the same bits as in one run, beside another sequence, in ${format}`, async () => {
			const session = await opened(format);
			const [whole, read, other] = [0, 1, 2].map(() => new Sequence(model.config, context));
			ok(whole && read && other);
			let pauses = 0;
			const pause = async () => {
				pauses++;
				const { present, rows } = await session.run(other, [pauses], 0);
				other.append([pauses], present, rows);
			};
			for (const [size, told] of [
				[64, false],
				[37, true],
				[27, false],
				[50, true],
			] as const) {
				const ids = idsFrom(whole.tokens.length, size);
				const firstPicked = told ? size - 1 : size;
				const { present, rows, logits, normalisers } = await session.run(whole, ids, firstPicked);
				whole.append(ids, present, rows);
				const kept = logits.slice();
				const got = await session.read(read, ids, firstPicked, { pause, check() {} });
				deepEqual([got.logits, got.normalisers], [kept, normalisers]);
				equal(got.logits.length > 0, told);
			}
			deepEqual(read.tokens, whole.tokens);
			for (const name of Object.keys(whole.views)) deepEqual(read.views[name]?.data, whole.views[name]?.data, name);
			ok(pauses >= 1, "never interrupted");
			await session.release();
		});

	it("leaves the sequence as it was for a reader who is sent away, in a pause or after a run", async () => {
		const session = await opened("int8");
		const sequence = new Sequence(model.config, context);
		const begun = idsFrom(0, 70).slice(0, 64);
		const first = await session.run(sequence, begun, 64);
		sequence.append(begun, first.present, first.rows);
		const gone = new Error("sent away");
		const [stay, leave] = [async () => {}, async () => Promise.reject(gone)];
		const away = () => {
			throw gone;
		};
		const rest = idsFrom(64, 60);
		await rejects(session.read(sequence, rest, 59, { pause: leave, check() {} }), gone);
		await rejects(session.read(sequence, rest, 59, { pause: stay, check: away }), gone);
		deepEqual(sequence.tokens, begun);
		const again = await session.read(sequence, rest, 59, { pause: stay, check() {} });
		const fresh = new Sequence(model.config, context);
		for (const ids of [begun, rest]) {
			const { logits, present, rows } = await session.run(fresh, ids, ids.length - 1);
			fresh.append(ids, present, rows);
			if (ids === rest) deepEqual(logits, again.logits);
		}
		await session.release();
	});

	describe("in a decoder", () => {
		let decoder: OrtDecoder;
		before(async () => {
			decoder = await openDecoder(model, home, { format: "int8", target });
		});
		after(() => decoder.release());

		async function written(ids: readonly number[], sequence: string, cancel = neverCancelled): Promise<number[]> {
			const prompt = Int32Array.from(ids);
			const made: number[] = [];
			const request = { prompt, maxTokens: 6, sampling: greedy, stop: [], sequence };
			for await (const { id } of decoder.decode(request, cancel)) made.push(id);
			return made;
		}

		it("a later request of the same sequence wins, wherever the earlier one is in its prompt", async () => {
			const [long, short] = [idsFrom(0, 300), idsFrom(1_000, 90)];
			const alone = await written(short, "alone");
			const turns = 3 * sectionsOf(model.config.layers).length;
			for (let turn = 0; turn < turns; turn++) {
				const refused = rejects(written(long, "same"), { code: "cancelled" });
				for (let i = 0; i < turn; i++) await nextTurn();
				deepEqual(await written(short, "same"), alone, `after ${turn} turns`);
				await refused;
			}
		});

		it("many requests overlap, some are cancelled, and each of the others writes what it writes alone", async () => {
			const prompts = Array.from({ length: 6 }, (_, i) => idsFrom(500 * i, 100 + 31 * i));
			const alone: number[][] = [];
			for (const [i, prompt] of prompts.entries()) alone.push(await written(prompt, `alone ${i}`));
			const stopped = prompts.map((prompt, i) => {
				const cancel = new CancelSource();
				setTimeout(() => cancel.cancel(), i);
				return rejects(written(prompt, `stopped ${i}`, cancel), { code: "cancelled" });
			});
			const together = Promise.all(prompts.map((prompt, i) => written(prompt, `together ${i}`)));
			await Promise.all(stopped);
			deepEqual(await together, alone);
		});
	});
});
