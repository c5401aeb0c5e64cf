import type { RepositoryFormat } from "#text/infillFormat";
import { lineComment } from "../extent/languages.ts";
import type { TokenCache } from "./tokenCache.ts";

/** The file marker and the path; a path is text, whatever it spells. */
export function headerOf(
	{ path }: { readonly path: string },
	repository: RepositoryFormat,
	cache: TokenCache,
): Int32Array {
	const name = path.replace(/\p{Cc}+/gu, " ").replace(/\p{Surrogate}/gu, "\uFFFD");
	return Int32Array.of(repository.file, ...cache.encode(`${name.slice(-longestPath)}\n`, true));
}

const longestPath = 200;

/** Text of another file for a model that knows no files: as a comment of the language. */
export function commentOut(path: string, text: string, language: string): string {
	const mark = lineComment(language);
	const lines = text.trimEnd().split("\n");
	return `${[`${mark} ${path.replace(/\p{Cc}+/gu, " ")}`, ...lines.map((line) => `${mark} ${line}`)].join("\n")}\n`;
}
