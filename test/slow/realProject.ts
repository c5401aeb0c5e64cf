/** Projects made of this repository's own files, in a temporary folder. */
import { createHash } from "node:crypto";
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { packageRoot } from "#engine/home";

const source = (path: string): string => join(packageRoot(), "src", path);

/** Copies files and folders of `src` to the same places below `folder`. */
export function copySource(folder: string, paths: readonly string[]): void {
	for (const path of paths) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		cpSync(source(path), join(folder, path), { recursive: true });
	}
}

/**
 * Source files with their lines joined until each has more than 120 characters, so that no whole line is written in the exam, which
 * takes most of a small run's time. The times of change are fixed: they decide what is learned first.
 */
export function wideProject(folder: string, paths: readonly string[] = wideSources): void {
	mkdirSync(folder, { recursive: true });
	for (const [i, path] of paths.entries()) {
		const file = join(folder, basename(path));
		writeFileSync(file, widen(readFileSync(source(path), "utf8")));
		utimesSync(file, 1.7e9 + i, 1.7e9 + i);
	}
}

/** About 10,000 tokens: little more than can be judged. */
export const wideSources: readonly string[] = [
	"adapt/online.ts",
	"runtime/learner.ts",
	"runtime/adapterState.ts",
	"runtime/adapterFolder.ts",
	"adapt/session.ts",
	"adapt/judge.ts",
	"adapt/split.ts",
];

function widen(text: string): string {
	let result = "";
	let line = "";
	for (const part of text.split(/\s*\n\s*/)) {
		line += line === "" ? part : ` ${part}`;
		if (line.length <= 130) continue;
		result += `${line}\n`;
		line = "";
	}
	// What is left goes onto the last line: alone it would be short enough to be asked for.
	return `${result.trimEnd()} ${line}\n`;
}

/** Every file below `folder` with its bytes' hash and its time of change: what a run must not touch. */
export function snapshot(folder: string): Record<string, string> {
	const entries = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
	return Object.fromEntries(
		entries.map((path) => {
			const stats = lstatSync(join(folder, path));
			return [path, stats.isFile() ? `${hashOf(join(folder, path))} ${stats.mtimeMs}` : "not a file"];
		}),
	);
}

/** SHA-256 of a file. */
export function hashOf(file: string): string {
	return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** Files below `folder` whose bytes hold `text`. */
export function filesWith(folder: string, text: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: "utf8" })
		.map((path) => join(folder, path))
		.filter((path) => lstatSync(path).isFile() && readFileSync(path).includes(text));
}
