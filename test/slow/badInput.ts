/** What a user can get wrong, as data: how it comes to be, and what the error must say. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { seededRandom, shuffled } from "#base/random";
import { mediaFolder, packageRoot } from "#engine/home";

export const golden = (path: string): string => join(packageRoot(), "test", "golden", path);

export type BadFolder = readonly [name: string, make: (folder: string) => void, reason: RegExp, remedy: RegExp];

export const badFolders: readonly BadFolder[] = [
	["is missing", () => {}, /there is no such file or folder/, /path/],
	["is a link to itself", (folder) => symlinkSync(folder, folder), /links lead in a circle/, /make the link anew/],
	["is empty", (folder) => mkdirSync(folder), /no file/, /folder/],
	[
		"holds nothing usable",
		(folder) => {
			mkdirSync(folder);
			writeFileSync(join(folder, ".env"), "PASSWORD=hunter2hunter2\n");
			writeFileSync(join(folder, "picture.png"), Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0));
			writeFileSync(join(folder, "nothing.ts"), "");
		},
		/(no file here may be read|nothing to score)/,
		/(secret|skipped)/,
	],
];

/** Of a file that is made: what is written into it, or how it comes to be. */
export type BadContent = string | Uint8Array | ((file: string) => void);

export type BadFile = readonly [name: string, content: BadContent, reason: RegExp, remedy: RegExp];

export function makeBadFile(file: string, content: BadContent): void {
	if (typeof content === "function") content(file);
	else writeFileSync(file, content);
}

/** Named alone, so that neither ignore files nor guesses count. */
export const badFiles: readonly BadFile[] = [
	["long.ts", `// ${"x".repeat(1_000_000)}\n`, /tooLarge: 1000004 bytes, more than 1000000/, /Split the file/],
	["data.ts", sparse(2 ** 31), /tooLarge: 2147483648 bytes/, /Split the file/],
	["line.ts", `let a = 1; ${"x".repeat(10 * 2 ** 20)}`, /tooLarge: 10485771 bytes/, /Split the file/],
	[
		"unmarked.ts",
		Buffer.from("export const a = 1;\n".repeat(20), "utf16le"),
		/invalidText: looks like UTF-16/,
		/UTF-16 with a byte order mark/,
	],
	["latin1.ts", Uint8Array.of(0x2f, 0x2f, 0x20, 0xe9, 0x0a), /invalidText: not valid UTF-8/, /as UTF-8/],
	["picture.png", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1), /binary: holds NUL bytes/, /plain text/],
	["blank.ts", " \n\t\n", /empty: only white space/, /Write something/],
	["id_rsa", "not a key, but named like one\n", /secretName/, /never read, whoever asks/],
	[
		"login.ts",
		`const key = "${["ghp", "R7mQ2xZ9kLpW4tVb8NcYfH3sJ6dGaE1uTo5i"].join("_")}";\n`,
		/secretContent/,
		/Take the secret out of the file/,
	],
];

/** Which only a folder can hold: named alone, a link is what it leads to, and the others can't be opened. */
export const badInFolder: readonly BadFile[] = [
	["loop", (file) => symlinkSync("loop", file), /symlink: symbolic links are not followed/, /what the link leads to/],
	["pipe", (file) => execFileSync("mkfifo", [file]), /special: not a regular file/, /plain file or a folder/],
	[
		"\uFFFD.ts",
		(file) =>
			writeFileSync(Buffer.from(Buffer.from(file).toString("latin1").replace("\xef\xbf\xbd", "\xff"), "latin1"), ""),
		/unreadable: its name is not valid UTF-8/,
		/rename it/,
	],
];

/** A file of that many bytes, none of them on the disk. */
function sparse(bytes: number): (file: string) => void {
	return (file) => {
		writeFileSync(file, "");
		truncateSync(file, bytes);
	};
}

export type BadModel = readonly [
	name: string,
	spoil: (folder: string) => void,
	file: string,
	code: string,
	reason: RegExp,
];

/** Of the shipped model. */
const shards = readdirSync(mediaFolder("starter")).filter((name) => name.endsWith(".safetensors"));
const [firstShard = "", lastShard = ""] = [shards[0], shards.at(-1)];

export const badModels: readonly BadModel[] = [
	["no config", (folder) => rmSync(join(folder, "config.json")), "", "config", /no config\.json/],
	[
		"a config without a field",
		(folder) => editJson(join(folder, "config.json"), (config) => delete config["hidden_size"]),
		...(["config.json", "config", /"hidden_size" is missing/] as const),
	],
	[
		"an unknown model type",
		(folder) => editJson(join(folder, "config.json"), (config) => Object.assign(config, { model_type: "mamba" })),
		...(["config.json", "unsupported", /mamba/] as const),
	],
	[
		"no weights",
		(folder) => {
			for (const name of [...shards, "model.safetensors.index.json"]) rmSync(join(folder, name));
		},
		...(["", "weights", /safetensors/] as const),
	],
	["a shard less", (folder) => rmSync(join(folder, lastShard)), lastShard, "weights", /missing|no such file/],
	[
		"half its weights",
		(folder) => truncateSync(join(folder, firstShard), 2 ** 20),
		...([firstShard, "weights", /truncated/] as const),
	],
	["a NaN", (folder) => spoilLastNumber(join(folder, lastShard)), lastShard, "weights", /NaN/],
	["no tokenizer", (folder) => rmSync(join(folder, "tokenizer.json")), "tokenizer.json", "tokenizer", /missing/],
	[
		"the tokenizer of another model",
		(folder) =>
			writeFileSync(
				join(folder, "tokenizer.json"),
				gunzipSync(readFileSync(golden("fixtures/tokenizer/gpt2.json.gz"))),
			),
		...(["tokenizer.json", "tokenizer", /another model/] as const),
	],
];

/** Gives the tokenizer of a folder the ids of another: as many, and control tokens where they were. */
export function shuffleIds(folder: string): void {
	editJson(join(folder, "tokenizer.json"), (json) => {
		const { added_tokens: added, model } = json as unknown as TokenizerParts;
		const controls = new Set(added.map(({ content }) => content));
		const names = Object.keys(model.vocab).filter((name) => !controls.has(name));
		const ids = shuffled(
			names.map((name) => model.vocab[name] as number),
			seededRandom(3),
		);
		for (const [i, name] of names.entries()) model.vocab[name] = ids[i] as number;
	});
}

interface TokenizerParts {
	readonly added_tokens: readonly { readonly content: string }[];
	readonly model: { readonly vocab: Record<string, number> };
}

export type BadPlace = readonly [name: string, make: (folder: string) => void, out: string, reason: RegExp];

export const badPlaces: readonly BadPlace[] = [
	["is the project itself", () => {}, "project", /no adapter of ours \(a\.ts\)/],
	[
		"is a folder of something else",
		(folder) => keepsake(folder, "photos", "wedding.jpg"),
		"photos",
		/no adapter of ours \(wedding\.jpg\)/,
	],
	[
		"is an adapter with notes beside it",
		(folder) => {
			keepsake(folder, "adapter", "attune.json");
			keepsake(folder, "adapter", "notes.md");
		},
		"adapter",
		/no adapter of ours \(notes\.md\)/,
	],
	["is a file", (folder) => writeFileSync(join(folder, "file"), "text"), "file", /a part of the path is a file/],
	[
		"lies below a file",
		(folder) => writeFileSync(join(folder, "file"), "text"),
		"file/adapter",
		/a part of the path is a file/,
	],
];

export const badWords: readonly (readonly string[])[] = [
	["adopt", "."],
	["adapt"],
	["adapt", ".", "--updates", "0"],
	["adapt", ".", "--updates", "many"],
	["adapt", ".", "--minutes", "-1"],
	["adapt", ".", "--preset", "prose"],
	["adapt", ".", "--objective", "perplexity"],
	["adapt", ".", "--preset", "paper", "--objective", "surprise"],
	["adapt", ".", "--mode", "sideways"],
	["adapt", ".", "--watch", "--mode", "offline"],
	["adapt", ".", "--learning-rate", "1"],
	["adapt", ".", "--seed"],
	["score"],
	["complete", "text.ts"],
	["complete", "text.ts", "--line", "0", "--column", "1"],
	["models", "sell"],
	["graph"],
	["graph", "poem"],
	["graph", "score", "--rows", "5000"],
	["bench", "press"],
];

function keepsake(folder: string, inside: string, name: string): void {
	mkdirSync(join(folder, inside), { recursive: true });
	writeFileSync(join(folder, inside, name), "dear");
}

function editJson(file: string, edit: (object: Record<string, unknown>) => unknown): void {
	const object = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
	edit(object);
	writeFileSync(file, JSON.stringify(object));
}

/** The last two bytes of the file are one float16. */
function spoilLastNumber(file: string): void {
	const bytes = readFileSync(file);
	bytes.writeUInt16LE(0x7e00, bytes.length - 2);
	writeFileSync(file, bytes);
}
