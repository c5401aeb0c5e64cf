/** Cases of HumanEval single-line infilling (2207.14255): lines of JSON, gzipped or not. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { AttuneError, messageOf } from "#base/errors";
import { fieldsOf } from "#base/fields";

export interface InfillingCase {
	readonly id: string;
	/** What is before and behind the missing line, whole lines both. */
	readonly prefix: string;
	readonly suffix: string;
	/** The missing line, indentation and all, without its line break. */
	readonly line: string;
}

const remedy = "Give a .jsonl or .jsonl.gz file of HumanEval single-line infilling, or a folder of such files.";

/** All cases of a file, or of the files in a folder in the order of their names. */
export function readInfillingCases(path: string): InfillingCase[] {
	const files = filesAt(path);
	if (files.length === 0) throw new AttuneError("usage", "holds no .jsonl or .jsonl.gz file", { file: path, remedy });
	const cases = files.flatMap(readFile);
	if (cases.length === 0) throw new AttuneError("usage", "holds no case", { file: path, remedy });
	return cases;
}

function filesAt(path: string): string[] {
	const stats = statSync(path, { throwIfNoEntry: false });
	if (stats === undefined) throw new AttuneError("usage", "there is no such file or folder", { file: path, remedy });
	if (!stats.isDirectory()) return [path];
	const names = readdirSync(path).filter((name) => /\.jsonl(\.gz)?$/.test(name));
	return names.sort().map((name) => join(path, name));
}

function readFile(file: string): InfillingCase[] {
	const lines = textOf(file).split("\n");
	return lines.flatMap((line, i) => (line.trim() === "" ? [] : [parseCase(line, file, i + 1)]));
}

function textOf(file: string): string {
	try {
		const bytes = readFileSync(file);
		return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
	} catch (error) {
		throw new AttuneError("usage", `cannot be read (${messageOf(error)})`, { file, remedy, cause: error });
	}
}

function parseCase(line: string, file: string, number: number): InfillingCase {
	const fields = fieldsOf(parse(line, file, number), { code: "usage", file, remedy }, `line ${number}: `);
	const middle = fields.string("canonical_solution").replace(/\r?\n$/, "");
	if (middle.includes("\n")) fields.fail(`line ${number}: "canonical_solution" is more than one line`);
	return {
		id: fields.string("task_id"),
		prefix: fields.string("prompt"),
		suffix: fields.string("suffix"),
		line: middle,
	};
}

function parse(line: string, file: string, number: number): unknown {
	try {
		return JSON.parse(line);
	} catch (error) {
		throw new AttuneError("usage", `line ${number} is no JSON (${messageOf(error)})`, { file, remedy, cause: error });
	}
}

/** `count` cases spread evenly over all, or all. */
export function spread<T>(all: readonly T[], count: number | undefined): T[] {
	if (count === undefined || count >= all.length) return [...all];
	return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T);
}
