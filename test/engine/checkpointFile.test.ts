import { deepEqual, equal } from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainingState } from "#adapt/checkpoint";
import { checkpointFile } from "#engine/checkpointFile";
import { inTemporaryFolder } from "#test/runtime/temporary";

const learner = {
	step: 3,
	tensors: new Map([["a.q_proj", { shape: [2, 2], data: Float32Array.of(1.5, -0, Number.MIN_VALUE, 1e30) }]]),
};

const state: TrainingState = {
	request: "r",
	fingerprint: "f",
	limits: {
		trainTokens: 1,
		scoredWindows: 2,
		learnedWindows: Number.MAX_SAFE_INTEGER,
		judgeTokens: 3,
		guardTokens: 4,
		lines: 5,
	},
	step: 3,
	learned: 6,
	learner,
	best: { step: 2, loss: 1.25, learner },
	evaluations: [{ step: 0, loss: 2 }],
	losses: [{ step: 1, loss: 3 }],
	ended: null,
	seconds: 12.5,
	stream: null,
	passes: { forward: 9, backward: 3 },
};

describe("engine/checkpointFile", () => {
	it("loads what was saved last, and nothing after it was removed", () =>
		inTemporaryFolder(async (folder) => {
			const place = join(folder, "checkpoint");
			const file = checkpointFile(place);
			equal(await file.load(), undefined);
			await file.save({ ...state, step: 1 });
			await file.save(state);
			deepEqual(await checkpointFile(place).load(), state);
			file.remove();
			equal(await file.load(), undefined);
		}));

	it("takes a damaged file for none", () =>
		inTemporaryFolder(async (folder) => {
			const place = join(folder, "checkpoint");
			await checkpointFile(place).save(state);
			const path = join(place, "state.bin");
			const bytes = readFileSync(path);
			for (const damaged of [
				bytes.subarray(0, bytes.length - 1),
				bytes.subarray(0, 10),
				Buffer.alloc(0),
				flipped(bytes),
			]) {
				writeFileSync(path, damaged);
				equal(await checkpointFile(place).load(), undefined);
			}
		}));
});

function flipped(bytes: Buffer): Buffer {
	const copy = Buffer.from(bytes);
	copy[copy.length - 20] = (copy[copy.length - 20] as number) ^ 1;
	return copy;
}
