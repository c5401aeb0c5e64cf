import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { AttuneError } from "#base/errors";
import { readInfillingCases, spread } from "#engine/infilling/cases";
import { wilson } from "#engine/infilling/evaluate";

const one = { task_id: "a/0", prompt: "def f():\n", suffix: "    return a\n", canonical_solution: "    a = 1\n" };

describe("engine/infilling", () => {
	const folder = mkdtempSync(join(tmpdir(), "attune-infilling-"));
	after(() => rmSync(folder, { recursive: true, force: true }));

	function file(name: string, content: string | Buffer): string {
		writeFileSync(join(folder, name), content);
		return join(folder, name);
	}

	it("reads cases, gzipped or not, from a file or a folder", () => {
		const expected = { id: "a/0", prefix: "def f():\n", suffix: "    return a\n", line: "    a = 1" };
		const lines = `${JSON.stringify(one)}\n\n${JSON.stringify(one)}\n`;
		deepEqual(readInfillingCases(file("b.jsonl", lines)), [expected, expected]);
		file("c.jsonl.gz", gzipSync(lines));
		file("notes.txt", "not a case");
		equal(readInfillingCases(folder).length, 4);
	});

	const broken: [name: string, content: string | Buffer, reason: RegExp][] = [
		["nothing", "", /holds no case/],
		["no JSON", "{", /line 1 is no JSON/],
		["a list", "[]", /a list, not an object/],
		["a missing field", '{"task_id":"a","prompt":"","suffix":""}', /line 1: canonical_solution" is missing/],
		["a number for a text", JSON.stringify({ ...one, suffix: 3 }), /suffix" must be a string, not 3/],
		["several lines", JSON.stringify({ ...one, canonical_solution: "a\nb\n" }), /more than one line/],
		["half a gzip", gzipSync("x".repeat(1000)).subarray(0, 20), /cannot be read/],
	];
	for (const [name, content, reason] of broken)
		it(`refuses ${name}, naming the file`, () => {
			const path = file("broken.jsonl", content);
			throws(
				() => readInfillingCases(path),
				(error) => error instanceof AttuneError && error.file === path && reason.test(error.message),
			);
			rmSync(path);
		});

	it("refuses a place that is not there, or holds no case file", () => {
		throws(() => readInfillingCases(join(folder, "nowhere")), /no such file/);
		const empty = mkdtempSync(join(tmpdir(), "attune-infilling-"));
		throws(() => readInfillingCases(empty), /holds no .jsonl/);
		rmSync(empty, { recursive: true });
	});

	it("spreads a few cases evenly", () => {
		deepEqual(spread([0, 1, 2, 3, 4, 5, 6, 7], 4), [0, 2, 4, 6]);
		deepEqual(spread([0, 1], undefined), [0, 1]);
		deepEqual(spread([0, 1], 9), [0, 1]);
	});

	it("gives Wilson's interval", () => {
		const near = (a: number, b: number) => ok(Math.abs(a - b) < 5e-4, `${a} is not ${b}`);
		const [low, high] = wilson(10, 100);
		near(low, 0.0552);
		near(high, 0.1744);
		equal(wilson(0, 50)[0], 0);
		ok(wilson(0, 50)[1] < 0.08 && wilson(50, 50)[1] === 1);
	});
});
