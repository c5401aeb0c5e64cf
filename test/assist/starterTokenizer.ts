import { readFileSync } from "node:fs";
import { loadTokenizer } from "#text/loadTokenizer";
import type { Tokenizer } from "#text/tokenizer";

let loaded: Tokenizer | undefined;

/** The shipped starter's own tokenizer: it reads in a few milliseconds. */
export function starterTokenizer(): Tokenizer {
	const file = "media/starter/tokenizer.json";
	loaded ??= loadTokenizer({ tokenizer: JSON.parse(readFileSync(file, "utf8")), file });
	return loaded;
}

/** A program of `count` lines, no two alike. */
export function program(count: number): string {
	const lines: string[] = [];
	for (let i = 0; lines.length < count; i++)
		lines.push(
			...`export function step${i}(items: number[], scale = ${i}): number {\n\tconst total = items.reduce((sum, item) => sum + item * scale, 0);\n\t// Round once, at the end.\n\treturn Math.round(total / ${i + 1});\n}\n`.split(
				"\n",
			),
		);
	return `${lines.slice(0, count).join("\n")}\n`;
}
