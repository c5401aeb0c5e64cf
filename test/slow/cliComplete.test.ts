/** The built command line completing files, good and bad ones, and judging infilling. */
import { deepEqual, equal, match, notDeepEqual, ok } from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BenchRow } from "#engine/bench/row";
import type { Completion } from "#engine/complete";
import { mediaFolder } from "#engine/home";
import type { InfillingResult } from "#engine/infilling/evaluate";
import { done, failed } from "#test/slow/commandLine";
import { writeTinyModel } from "#test/support/tinyModel";
import { measured } from "#test/support/tries";

const place = mkdtempSync(join(tmpdir(), "attune-complete-"));
const at = { home: join(place, "home") };

function file(name: string, content: string | Buffer): string {
	const path = join(place, "project", name);
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, content);
	return path;
}

const source = "export function add(a: number, b: number): number {\n\treturn \n}\n\nexport const two = add(1, 1);\n";

function complete(path: string, line: number, column: number, ...more: string[]): string[] {
	return ["complete", path, "--line", String(line), "--column", String(column), "--threads", "1", ...more];
}

/** The shipped model with a tokenizer that has no infilling markers. */
function modelWithoutInfilling(): string {
	const folder = join(place, "plain");
	cpSync(mediaFolder("starter"), folder, { recursive: true });
	const tokenizer = join(folder, "tokenizer.json");
	writeFileSync(tokenizer, readFileSync(tokenizer, "utf8").replaceAll("<|fim_", "<|plain_"));
	return folder;
}

describe("cli/complete", () => {
	after(() => rmSync(place, { recursive: true, force: true }));

	it("gives the same line again, in every format of the weights a line", async () => {
		const path = file("add.ts", source);
		for (const format of ["float32", "int8", "int4"]) {
			const words = complete(path, 2, 9, "--format", format);
			const { milliseconds, ...first } = await done<Completion>(words, at);
			const { milliseconds: _, ...second } = await done<Completion>(words, at);
			deepEqual(first, second);
			ok(!/[\r\n]/.test(first.text));
			equal(first.reason === "completed", first.text !== "");
			ok(milliseconds.load > 0 && milliseconds.prompt > 0);
		}
	});

	it("shows the model other files of the workspace", async () => {
		// Where the shipped model has something to say.
		const begun = source.replace("return ", "return a + ");
		const path = file("shown/add.ts", begun);
		const workspace = ["--workspace", join(place, "project/shown")];
		// What the model thinks of the same place changes with what it has read before.
		const outcome = async () => {
			const { milliseconds: _, ...rest } = await done<Completion>(complete(path, 2, 13, ...workspace), at);
			return rest;
		};
		const alone = await outcome();
		file("shown/.env", "add = 1\n");
		deepEqual(await outcome(), alone, "a file that is not for a model");
		file("shown/shapes.ts", `${begun}\nexport const three = add(1, 2);\n`);
		const beside = await outcome();
		equal(beside.mode, "infill");
		notDeepEqual(beside, alone);
		deepEqual(await outcome(), beside);
		const several = complete(path, 2, 13, ...workspace, "--lines", "--alternatives", "3");
		const completion = await done<Completion>(several, at);
		equal(completion.mode === "infill", completion.text !== "");
		ok(!completion.alternatives.includes(completion.text));
		const { code, error } = await failed(complete(path, 2, 13, "--workspace", join(place, "home")), at);
		deepEqual([code, error.code], [2, "usage"]);
	});

	it("takes markers in text and names for text", async () => {
		const path = file("<|fim_middle|>.ts", `const marker = "<|endoftext|><|fim_suffix|>";\n${source}`);
		const { text } = await done<Completion>(complete(path, 3, 9), at);
		ok(!text.includes("<|file_sep|>"));
	});

	it("does without infilling where the model has no format, and says so", async () => {
		const model = modelWithoutInfilling();
		const completion = await done<Completion>(complete(file("add.ts", source), 2, 9, "--model", model), at);
		ok(completion.mode === "prefixOnly" || completion.reason !== "completed");
		const cases = file("case.jsonl", infilling(1));
		const { code, error } = await failed(["eval", "infilling", cases, "--model", model], at);
		deepEqual([code, error.code], [1, "unsupported"]);
		match(error.reason, /no infilling format/);
	});

	it("refuses a place beyond the end, an empty file and text that is none", async () => {
		const path = file("add.ts", source);
		for (const [line, column] of [
			[99, 1],
			[2, 99],
		] as const) {
			const { code, error } = await failed(complete(path, line, column), at);
			deepEqual([code, error.code, error.file], [2, "usage", path]);
		}
		for (const [name, content] of [
			["empty.ts", ""],
			["surrogate.ts", Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x0a])],
		] as const) {
			const { code, error } = await failed(complete(file(name, content), 1, 1), at);
			deepEqual([code, error.code], [1, "workspace"], name);
		}
	});

	it("reads the end of a file that is longer than any context", async () => {
		const path = file("long.ts", `${source.repeat(2000)}${source}`);
		const { reason, text } = await done<Completion>(complete(path, 10_002, 9), at);
		equal(reason === "completed", text !== "");
	});
});

describe("cli/eval infilling", () => {
	after(() => rmSync(place, { recursive: true, force: true }));

	it("gives every arm with its interval", async () => {
		const cases = file("cases.jsonl", infilling(4));
		const result = await done<InfillingResult>(["eval", "infilling", cases, "--limit", "3", "--threads", "1"], at);
		equal(result.cases, 3);
		deepEqual(
			result.arms.map(({ mode, adapter, cases: count }) => [mode, adapter, count]),
			[
				["infill", "off", 3],
				["prefixOnly", "off", 3],
			],
		);
		for (const { exactMatch, interval, exact, silent } of result.arms) {
			ok(interval[0] <= exactMatch && exactMatch <= interval[1] && exactMatch === exact / 3);
			ok(Object.values(silent).reduce((sum, count) => sum + count, 0) <= 3 - exact);
		}
	});

	it("refuses what is no such file", async () => {
		for (const words of [
			["eval"],
			["eval", "poems", "."],
			["eval", "infilling"],
			["eval", "infilling", join(place, "no")],
		]) {
			const { code, error } = await failed(words, at);
			deepEqual([code, error.code], [2, "usage"], words.join(" "));
		}
		const broken = file("broken.jsonl", "{");
		const { error } = await failed(["eval", "infilling", broken], at);
		deepEqual([error.file, /line 1/.test(error.reason)], [broken, true]);
	});
});

describe("cli/bench complete", () => {
	after(() => rmSync(place, { recursive: true, force: true }));

	it("times every key, those with a suggestion apart from those that stay silent", async () => {
		const { rows } = await done<{ rows: readonly BenchRow[] }>(["bench", "complete", "--threads", "1"], at);
		const named = new Map(rows.map((row) => [row.name, row]));
		const runs = (name: string) => named.get(`${name}, 95th of 100`)?.runs ?? 0;
		for (const kind of ["suggestion", "silent key", "every key"]) {
			const [middle = 0, most = 0] = ["median", "95th of 100"].map((share) => named.get(`${kind}, ${share}`)?.ours);
			ok(0 < middle && middle <= most && runs(kind) > 10, kind);
		}
		ok(runs("suggestion") + runs("silent key") < runs("every key"), "none was known");
		for (const kind of ["known suggestion", "giving up", "one token"]) ok(runs(kind) > 10, kind);
		deepEqual(
			rows.flatMap(({ name, asked }) => (asked === undefined ? [] : [name.split(",")[0]])),
			["suggestion", "suggestion", "known suggestion", "giving up"],
		);
	});

	it("refuses an adapter that is none", async () => {
		const { code, error } = await failed(["bench", "complete", "--adapter", join(place, "none")], at);
		deepEqual([code, error.code], [1, "adapter"]);
	});
});

describe("cli/bench decode", () => {
	after(() => rmSync(place, { recursive: true, force: true }));

	it("times reading, writing, writing after a long text and with drafts, of the model named alone", async () => {
		const model = writeTinyModel(join(place, "tiny"));
		const words = ["bench", "decode", "--model", model, "--format", "int8", "--rounds", "1", "--threads", "1"];
		const { rows } = await done<{ rows: readonly BenchRow[] }>(words, at);
		deepEqual(
			rows.map(({ name }) => name.split(" int8")[0]),
			["decode", "prefill", "decode after 1900 tokens", "code plain", "code drafted"],
		);
		for (const { name, ours, rival } of rows) ok(ours > 0 && rival === null && !name.includes("134M"), name);
	});
});

describe("cli/bench serve", () => {
	after(() => rmSync(place, { recursive: true, force: true }));

	it("measures the process that an editor starts: start, adapter, stopping, memory and its bound", async () => {
		const model = writeTinyModel(join(place, "tiny"));
		const words = ["bench", "serve", "--model", model, "--rounds", "1", "--threads", "1"];
		const rows = await measured(
			4,
			async () => (await done<{ rows: readonly BenchRow[] }>(words, at)).rows,
			(rows) => areQuick(rows),
		);
		const [, , , , memory = 0, bound = 0] = rows.map(({ ours }) => ours);
		ok(rows.every(({ ours, runs }) => ours > 0 && runs >= 1));
		ok(areQuick(rows), JSON.stringify(rows));
		ok(memory > 40 && bound > 30 && memory < 4 * bound, JSON.stringify(rows));
	});

	it("takes no --hold, as decode does not: nothing is asked of its rows", async () => {
		for (const kind of ["serve", "decode"]) {
			const { code, error } = await failed(["bench", kind, "--hold"], at);
			equal(code, 2);
			match(error.reason, /leave --hold out/);
		}
	});
});

/** What is asked of it is 1.5 s, 50 ms and a token. */
function areQuick(rows: readonly BenchRow[]): boolean {
	const [start = 0, swap = 0, stop = 0, token = 0] = rows.map(({ ours }) => ours);
	return start < 4 && swap < 125 && stop < 3 * token + 25;
}

function infilling(count: number): string {
	const one = (i: number) => ({
		...{ task_id: `case/${i}`, prompt: `def add${i}(a, b):\n`, suffix: "    return total\n" },
		canonical_solution: "    total = a + b\n",
	});
	return Array.from({ length: count }, (_, i) => `${JSON.stringify(one(i))}\n`).join("");
}
