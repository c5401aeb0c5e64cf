import { setImmediate as nextTurn } from "node:timers/promises";
import { languageOf } from "#adapt/language";
import { createPolicy } from "#adapt/policy/policy";
import { type Home, ownFolders } from "../home.ts";
import { nodeFileSystem } from "./fileSystem.ts";
import type { Reader } from "./readFile.ts";
import type { Root } from "./roots.ts";
import { walk } from "./walk.ts";

/** Milliseconds after which others get their turn. */
const slice = 4;

/** Paths of at most `most` files in folders that the feed enters. None is opened: what may be read is judged when it is. */
export async function namesBelow(roots: readonly Root[], home: Home, most: number): Promise<string[]> {
	const [policy, own] = [createPolicy(), ownFolders(home)];
	const names: string[] = [];
	let last = performance.now();
	for (const root of roots) {
		if (root.kind === "file") continue;
		for (const item of walk(nodeFileSystem, policy, unread, root, own)) {
			if (item.kind === "file") names.push(item.file.path);
			if (names.length === most) return names;
			if (performance.now() - last < slice) continue;
			await nextTurn();
			last = performance.now();
		}
	}
	return names;
}

const unread: Reader = ({ path }) => ({
	kind: "file",
	file: { path, text: "", bytes: 0, modifiedMs: 0, language: languageOf(path) },
});
