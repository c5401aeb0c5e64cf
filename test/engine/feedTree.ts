import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FeedItem, SkipReason } from "#adapt/source";
import { type FeedOptions, feed } from "#engine/feed";

// What the developer's own Git leaves out must not decide what a test sees.
process.env["GIT_CONFIG_GLOBAL"] = join(tmpdir(), "attune-no-such-config");
process.env["XDG_CONFIG_HOME"] = join(tmpdir(), "attune-no-such-folder");

/** Files by path; a path ending in "/" is an empty folder. */
export type Tree = Readonly<Record<string, string | Uint8Array>>;

/** Runs `use` in a temporary folder that holds `tree`. */
export async function inTree<T>(tree: Tree, use: (folder: string) => Promise<T> | T): Promise<T> {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), "attune-feed-")));
	try {
		writeTree(folder, tree);
		return await use(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

export function writeTree(folder: string, tree: Tree): void {
	for (const [path, content] of Object.entries(tree)) {
		const absolute = join(folder, path);
		mkdirSync(path.endsWith("/") ? absolute : dirname(absolute), { recursive: true });
		if (!path.endsWith("/")) writeFileSync(absolute, content);
	}
}

export async function collect(roots: readonly string[], options: FeedOptions = {}): Promise<FeedItem[]> {
	const items: FeedItem[] = [];
	for await (const item of feed(roots, options)) items.push(item);
	return items;
}

export function pathOf(item: FeedItem): string {
	return item.kind === "file" ? item.file.path : item.skipped.path;
}

/** "used" or the reason, by path, in the order of the feed. */
export function outcomes(items: readonly FeedItem[]): Record<string, "used" | SkipReason> {
	return Object.fromEntries(items.map((item) => [pathOf(item), item.kind === "file" ? "used" : item.skipped.reason]));
}

/** Distinct, ordinary source text, so that no file is taken for a copy of another. */
export function code(seed: string, lines = 12): string {
	return Array.from(
		{ length: lines },
		(_, i) => `export const ${seed}${i} = ${seed}Input.map((x) => x.${seed} + ${i * 7});\n`,
	).join("");
}
