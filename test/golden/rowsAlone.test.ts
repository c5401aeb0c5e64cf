/** What a token gives depends on nothing but the tokens up to it, to the last bit, in every format: this is why drafts change no text. */
import { ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { seededRandom } from "#base/random";
import { blockPlaces } from "#models/cachedRows";
import type { WeightFormat } from "#models/decodeGraph";
import { readAdapter } from "#runtime/adapterFolder";
import type { AdapterFeeds } from "#runtime/decode/adapterFeeds";
import { DecodeSession } from "#runtime/decode/decodeSession";
import { prepareDecodeWeights } from "#runtime/decode/quantisedWeights";
import { Sequence } from "#runtime/decode/sequence";
import { prepareWeights } from "#runtime/weights";
import { type Golden, goldenNames, readGolden } from "./fixture.ts";

const context = 256;
const length = 200;

describe("golden/rowsAlone: a row gives the same bits whatever rows are run with it", () => {
	let cache: string;
	before(() => {
		cache = mkdtempSync(join(tmpdir(), "attune-rows-"));
	});
	after(() => rmSync(cache, { recursive: true, force: true }));

	for (const name of goldenNames)
		for (const format of ["float32", "int8", "int4"] as const)
			it(`${name} in ${format}`, () => holds(readGolden(name), format, cache));
});

async function holds(golden: Golden, format: WeightFormat, cache: string): Promise<void> {
	const { config, folder } = golden;
	const store = await prepareWeights(folder, config, cache);
	const weights = await prepareDecodeWeights(store, config, format, cache);
	const target = { provider: "cpu", dtype: "float32", threads: 2 } as const;
	const session = await DecodeSession.open({ config, weights, format, context, target });
	const adapter = session.prepare(readAdapter(join(folder, "adapter"), config, store.hash));
	const random = seededRandom(5);
	const ids = Array.from({ length }, () => random.below(config.vocabularySize));
	for (const side of [undefined, adapter]) {
		const alone = await read(session, ids, Array<Run>(length).fill({ rows: 1, wrong: 0 }), side);
		const run = fc.record({ rows: fc.integer({ min: 1, max: blockPlaces }), wrong: fc.nat(16) });
		await fc.assert(
			fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 12 }), async (runs) => {
				const together = await read(session, ids, runs, side);
				together.forEach((bits, row) => {
					ok(bits.equals(alone[row] as Buffer), `row ${row}`);
				});
			}),
			{ numRuns: 6, seed: 2 },
		);
	}
	await session.release();
}

/** One run: how many rows of the text, and how many others, which are forgotten again, are read behind them. */
interface Run {
	readonly rows: number;
	readonly wrong: number;
}

/** The bits of each row's logits, keys and values. */
async function read(
	session: DecodeSession,
	ids: readonly number[],
	runs: readonly Run[],
	adapter?: AdapterFeeds,
): Promise<Buffer[]> {
	const { vocabularySize, kvHeads, headDim, layers } = session.config;
	const sequence = new Sequence(session.config, context);
	const result: Buffer[] = [];
	for (let index = 0; sequence.tokens.length < ids.length; index++) {
		const { rows, wrong } = runs[index % runs.length] as Run;
		const past = sequence.tokens.length;
		const room = blockPlaces - (past % blockPlaces);
		const right = ids.slice(past, past + Math.min(rows, room));
		const others = right.map((id) => (id + 1) % vocabularySize).slice(0, Math.min(wrong, room - right.length));
		const { logits, present, rows: made } = await session.run(sequence, [...right, ...others], 0, adapter);
		sequence.append(right, present, made);
		right.forEach((_, row) => {
			const kept = Array.from({ length: 2 * layers * kvHeads }, (_, i) =>
				present.subarray((i * made + row) * headDim, (i * made + row + 1) * headDim),
			);
			const floats = [logits.subarray(row * vocabularySize, (row + 1) * vocabularySize), ...kept];
			result.push(Buffer.concat(floats.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))));
		});
	}
	return result;
}
