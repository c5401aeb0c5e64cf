import type { Situation } from "../situation.ts";
import { blocksOf } from "./blocks.ts";
import type { TokenCache } from "./tokenCache.ts";

/** Most characters that are drafted from: they are read once and remembered by block. */
const mostCharacters = 120_000;

/**
 * Texts that an answer may repeat: the file's own blocks, for a prompt shows a part of it, then places visited, open files, and closed
 * ones that are known. Blocks that did not change are the same arrays as before, which a decoder indexes once.
 */
export function draftSources(
	{ path, text, offset, files, recent }: Pick<Situation, "path" | "text" | "offset" | "files" | "recent">,
	tokens: TokenCache,
): Int32Array[] {
	const others = files.filter((file) => file.path !== path).sort((a, b) => Number(b.open) - Number(a.open));
	const visited = recent.filter((chunk) => chunk.path !== path).map((chunk) => chunk.text);
	// The block that is typed in is in the prompt.
	const before = blocksOf(text.slice(0, offset)).slice(0, -1);
	const after = text.slice(text.indexOf("\n", offset) + 1 || text.length);
	let left = mostCharacters;
	const sources: Int32Array[] = [];
	for (const block of [
		...before.reverse(),
		...[after, ...visited, ...others.map((file) => file.text)].flatMap(blocksOf),
	]) {
		left -= block.length;
		if (left < 0) break;
		const ids = tokens.encode(block.replaceAll("\r\n", "\n"), true);
		if (ids.length > 0) sources.push(ids);
	}
	return sources;
}
