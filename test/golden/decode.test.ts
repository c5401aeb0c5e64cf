/** The decode graph against the full forward of the learner's graphs, which models.test.ts proves against PyTorch. */
import { deepEqual, ok, rejects, throws } from "node:assert/strict";
import { join } from "node:path";
import type { TokenWindow } from "#adapt/learner";
import { readAdapter } from "#runtime/adapterFolder";
import type { Adapter } from "#runtime/adapterState";
import type { DecodeSession } from "#runtime/decode/decodeSession";
import { Sequence } from "#runtime/decode/sequence";
import { goldenNames, readGolden, relativeL2, windowOf } from "./fixture.ts";
import { OpenedGolden } from "./opened.ts";

const context = 64;
const bound = 1e-5;

describe("golden/decode: a sequence read in parts, with its keys and values kept", () => {
	for (const name of goldenNames) describe(name, () => parts(name));
});

function parts(name: string): void {
	const golden = readGolden(name);
	const [first, second] = golden.reference.windows.map(windowOf) as [TokenWindow, TokenWindow];
	let opened: OpenedGolden;
	let session: DecodeSession;

	before(async () => {
		opened = await OpenedGolden.open(golden, "float32");
		opened.setAdapter(golden.adapter);
		session = await opened.openDecode(context);
	});
	after(async () => {
		await session.release();
		await opened.close();
	});

	const cases: [string, (rows: number) => number[]][] = [
		["in one run", (rows) => [rows]],
		["in three", (rows) => [7, 1, rows - 8]],
		["token by token", (rows) => Array<number>(rows).fill(1)],
	];
	for (const [label, cut] of cases) {
		it(label, async () => {
			const base = await opened.logits(first, "off");
			below(await logitsOf(session, first, cut), base, "base");
			const adapter = readAdapter(join(golden.folder, "adapter"), golden.config, opened.hash);
			below(await logitsOf(session, second, cut, adapter), await opened.logits(second, "on"), "adapter");
		});
	}

	it("in a graph without inputs for an adapter, which refuses one", async () => {
		const lean = await opened.openDecode(context, false);
		below(await logitsOf(lean, first, () => [20, first.tokens.length - 21]), await opened.logits(first, "off"), "base");
		const adapter = readAdapter(join(golden.folder, "adapter"), golden.config, opened.hash);
		throws(() => lean.prepare(adapter), /without inputs/);
		await rejects(lean.run(new Sequence(golden.config, context), [], 0), /no rows/);
		await lean.release();
	});

	it("says nothing after rows that nobody asks about, and keeps their keys and values all the same", async () => {
		const ids = [...first.tokens].slice(0, -1);
		const run = (firstPicked: number) => session.run(new Sequence(golden.config, context), ids, firstPicked);
		const told = await run(0);
		const kept = told.present.slice();
		const silent = await run(ids.length);
		deepEqual([silent.logits.length, silent.normalisers], [0, []]);
		deepEqual(silent.present, kept);
		throws(() => told.present, /before the last/);
	});

	it("says how likely each token is", async () => {
		const sequence = new Sequence(golden.config, context);
		const ids = [...first.tokens].slice(0, -1);
		const { logits, normalisers } = await session.run(sequence, ids, 0);
		const width = golden.config.vocabularySize;
		const nll = ids.map((_, row) => {
			return (normalisers[row] as number) - (logits[row * width + (first.tokens[row + 1] as number)] as number);
		});
		ok(relativeL2(nll, golden.reference.nll[0] as number[]) < bound);
	});
}

/** Logits of all rows of the window, read in runs of the sizes that `cut` says. */
async function logitsOf(
	session: DecodeSession,
	window: TokenWindow,
	cut: (rows: number) => number[],
	adapter?: Adapter,
): Promise<number[]> {
	const sequence = new Sequence(session.config, context);
	const ids = [...window.tokens].slice(0, -1);
	const result: number[] = [];
	for (const size of cut(ids.length)) {
		const part = ids.slice(sequence.tokens.length, sequence.tokens.length + size);
		const { logits, present, rows } = await session.run(sequence, part, 0, adapter && session.prepare(adapter));
		sequence.append(part, present, rows);
		result.push(...logits.subarray(0, part.length * session.config.vocabularySize));
	}
	return result;
}

function below(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
	const error = relativeL2(actual, expected);
	ok(error <= bound, `${what}: relative error ${error}, allowed ${bound}`);
}
