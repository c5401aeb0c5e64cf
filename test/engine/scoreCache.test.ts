import { deepEqual, equal } from "node:assert/strict";
import { appendFileSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { scoreFile } from "#engine/scoreCache";
import { inTemporaryFolder } from "#test/runtime/temporary";

const key = (i: number) => i.toString(16).padStart(32, "0");
const sum = (i: number) => ({ nll: Math.PI * i, tokens: 7 + i, top1: i });

describe("engine/scoreCache", () => {
	it("gives back to the last bit what another run put in", () =>
		inTemporaryFolder((folder) => {
			const file = join(folder, "deep", "scores");
			const first = scoreFile(file, "cpu");
			for (let i = 0; i < 200; i++) first.put(key(i), sum(i));
			first.flush();
			const second = scoreFile(file, "cpu");
			equal(second.size, 200);
			for (let i = 0; i < 200; i++) deepEqual(second.get(key(i)), sum(i));
			equal(second.get(key(999)), undefined);
		}));

	it("skips a line that a crash cut off, and appends after it", () =>
		inTemporaryFolder((folder) => {
			const file = join(folder, "scores");
			const first = scoreFile(file, "cpu");
			first.put(key(1), { nll: 12.345678, tokens: 10, top1: 3 });
			first.put(key(2), { nll: 23.456789, tokens: 10, top1: 3 });
			first.flush();
			truncateSync(file, readFileSync(file).length - 4);
			const second = scoreFile(file, "cpu");
			equal(second.size, 1);
			second.put(key(3), sum(3));
			second.flush();
			deepEqual(scoreFile(file, "cpu").get(key(3)), sum(3));
			equal(scoreFile(file, "cpu").get(key(2)), undefined);
		}));

	it("keeps what a GPU computed apart from what the processor did", () =>
		inTemporaryFolder((folder) => {
			const file = join(folder, "scores");
			const gpu = scoreFile(file, "webgpu");
			gpu.put(key(1), sum(1));
			gpu.flush();
			equal(scoreFile(file, "cpu").get(key(1)), undefined);
			deepEqual(scoreFile(file, "webgpu").get(key(1)), sum(1));
		}));

	it("takes no line that says something else", () =>
		inTemporaryFolder((folder) => {
			const file = join(folder, "scores");
			appendFileSync(file, `${key(1)} NaN 3 1 .\n${key(2)} 1.5 3 1\nnonsense\n`);
			equal(scoreFile(file, "cpu").size, 0);
		}));
});
