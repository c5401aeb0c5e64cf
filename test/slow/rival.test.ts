/** The PyTorch rivals of the benchmarks do the same work as ours: same weights, same windows, same losses. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { defined } from "#base/assert";
import { seededRandom } from "#base/random";
import { readGolden, relativeL2 } from "#test/golden/fixture";
import { OpenedGolden } from "#test/golden/opened";
import { inTemporaryFolder } from "#test/runtime/temporary";
import { needPython } from "#test/support/needs";

const golden = readGolden("llama-tied");
const rate = 1e-3;

type Answer = Readonly<Record<string, unknown>>;

describe("slow/rival", () => {
	it("learns the same as ours, step by step", async function () {
		const python = needPython(this);
		await inTemporaryFolder(async (folder) => {
			const { windows, file } = windowsIn(folder);
			const theirs = await losses(python, "learn", [
				...["--model", golden.folder, "--windows", file, "--attention", "sdpa"],
				...["--adapter", join(golden.folder, "adapter"), "--rate", String(rate)],
			]);
			const opened = await OpenedGolden.open(golden, "float32");
			opened.setAdapter(golden.adapter);
			const ours: number[] = [];
			for (let step = 0; step < 5; step++) {
				const window = defined(windows[step % windows.length], "window");
				const { scores } = await opened.learner.learn([{ window, weight: 1 }], rate);
				ours.push(mean(defined(scores[0], "score").nll));
			}
			await opened.close();
			ok(relativeL2(ours, theirs) < 1e-5, `ours ${ours}, theirs ${theirs}`);
			ok(relativeL2(ours.slice(0, 2), ours.slice(3)) > 1e-3, "learning changes the loss");
		});
	});

	it("scores the same as ours", async function () {
		const python = needPython(this);
		await inTemporaryFolder(async (folder) => {
			const { windows, file } = windowsIn(folder);
			const theirs = await losses(python, "score", [
				...["--model", golden.folder, "--windows", file, "--attention", "eager"],
			]);
			const opened = await OpenedGolden.open(golden, "float32");
			const scores = await opened.learner.score(windows, "off");
			await opened.close();
			const ours = theirs.map((_, i) => mean(defined(scores[i % scores.length], "score").nll));
			ok(relativeL2(ours, theirs) < 1e-6, `ours ${ours}, theirs ${theirs}`);
		});
	});
});

/** Three windows, for both sides. */
function windowsIn(folder: string) {
	const random = seededRandom(5);
	const ids = Array.from({ length: 3 }, () =>
		Array.from({ length: 33 }, () => random.below(golden.config.vocabularySize)),
	);
	const file = join(folder, "windows.json");
	writeFileSync(file, JSON.stringify(ids));
	return { file, windows: ids.map((tokens) => ({ tokens: Int32Array.from(tokens), scoreFrom: 1, bytes: 33 })) };
}

/** Losses of the first step, of one more, then of three, asked for over the line protocol as a benchmark does. */
async function losses(python: string, script: string, options: readonly string[]): Promise<number[]> {
	const child = spawn(python, [`tools/rival/${script}.py`, "--serve", "--threads", "1", ...options]);
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	const complaints: Buffer[] = [];
	child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
	const ended = once(child, "close");
	const next = async (): Promise<Answer> => {
		const line = await lines.next();
		if (line.done === true) throw new Error(`${script}.py ended: ${Buffer.concat(complaints)}`);
		return JSON.parse(line.value) as Answer;
	};
	const ready = await next();
	equal(ready["ready"], true);
	ok((ready["startSeconds"] as number) > 0);
	const found = [ready["firstLoss"] as number, ...(await ask(child, next, 1)), ...(await ask(child, next, 3))];
	child.stdin.end("quit\n");
	deepEqual(await ended, [0, null]);
	return found;
}

async function ask(child: ChildProcessWithoutNullStreams, next: () => Promise<Answer>, count: number) {
	child.stdin.write(`step ${count}\n`);
	const answer = await next();
	equal((answer["seconds"] as number[]).length, count);
	ok((answer["perSecond"] as number) > 0);
	ok((answer["peakRssMiB"] as number) > 100);
	return answer["losses"] as number[];
}

function mean(values: Float32Array): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
