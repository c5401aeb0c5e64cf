/** Weights in 4 and 8 bits: what rounding costs is what it must cost, and the prepared file is made once and whole. */
import { deepEqual, ok } from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAdapter } from "#runtime/adapterFolder";
import { DecodeSession } from "#runtime/decode/decodeSession";
import { prepareDecodeWeights } from "#runtime/decode/quantisedWeights";
import { Sequence } from "#runtime/decode/sequence";
import { prepareWeights } from "#runtime/weights";
import { type Golden, goldenNames, readGolden, relativeL2 } from "./fixture.ts";

/**
 * Relative errors of the logits of tiny models of random weights, which suffer more than trained ones: 0.027 to 0.046 and 0.25 to 0.48
 * were measured. Weights are rounded to 256 or 16 steps, and rows to 256.
 */
const bounds = { int8: 0.06, int4: 0.6 };

describe("golden/quantised", () => {
	let cache: string;
	before(() => {
		cache = mkdtempSync(join(tmpdir(), "attune-quantised-"));
	});
	after(() => rmSync(cache, { recursive: true, force: true }));

	for (const name of goldenNames) {
		it(`${name} in int8 and int4`, async () => {
			const golden = readGolden(name);
			const [eight, four] = [await errorOf(golden, "int8", cache), await errorOf(golden, "int4", cache)];
			ok(eight < bounds.int8 && four < bounds.int4, `int8 ${eight}, int4 ${four}`);
			ok(eight < four / 3, "8 bits are much closer than 4");
			const adapted = await errorOf(golden, "int8", cache, true);
			ok(adapted < bounds.int8, `int8 with an adapter ${adapted}`);
		});
	}

	it("makes the file once, and again if it is not whole", async () => {
		const { folder, config } = readGolden("qwen2-tied");
		const store = await prepareWeights(folder, config, cache);
		const make = () => prepareDecodeWeights(store, config, "int4", cache);
		await make();
		const file = join(cache, store.hash, "weights.int4");
		const made = statSync(file);
		await make();
		deepEqual(statSync(file).ino, made.ino);
		truncateSync(file, made.size - 1);
		await make();
		deepEqual(statSync(file).size, made.size);
		deepEqual(
			readdirSync(cache).filter((name) => name.endsWith(".tmp")),
			[],
		);
	});
});

/** Of the logits of a window, read in two runs: the first, or the second with the adapter. */
async function errorOf(golden: Golden, format: "int8" | "int4", cache: string, adapted = false): Promise<number> {
	const { config, folder, reference } = golden;
	const store = await prepareWeights(folder, config, cache);
	const weights = await prepareDecodeWeights(store, config, format, cache);
	const target = { provider: "cpu", dtype: "float32", threads: 1 } as const;
	const session = await DecodeSession.open({ config, weights, format, context: 64, target });
	const ids = (reference.windows[adapted ? 1 : 0] as number[]).slice(0, -1);
	const adapter = adapted ? session.prepare(readAdapter(join(folder, "adapter"), config, store.hash)) : undefined;
	const sequence = new Sequence(config, 64);
	const logits: number[] = [];
	for (const part of [ids.slice(0, 7), ids.slice(7)]) {
		const predictions = await session.run(sequence, part, 0, adapter);
		sequence.append(part, predictions.present, predictions.rows);
		logits.push(...predictions.logits.subarray(0, part.length * config.vocabularySize));
	}
	await session.release();
	return relativeL2(logits, adapted ? golden.adapterLogits : golden.logits);
}
