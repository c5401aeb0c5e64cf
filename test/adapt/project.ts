import type { FeedItem, SourceFile } from "#adapt/source";
import { hashString, seededRandom } from "#base/random";

/** A file of `text`. */
export function fileOf(path: string, text: string, modifiedMs = 0): SourceFile {
	return { path, text, bytes: Buffer.byteLength(text), modifiedMs, language: "typescript" };
}

const nouns = ["ledger", "voucher", "tariff", "quarry", "zephyr", "kiosk", "juror", "vortex"];

/** Made-up code with words of its own: a bigram model of other text can learn something from it. */
export function madeUpCode(seed: number, lines: number): string {
	const random = seededRandom(seed);
	const noun = (): string => nouns[random.below(nouns.length)] as string;
	const number = (): number => random.below(1_000_000);
	return Array.from(
		{ length: lines },
		() => `    const ${noun()}${number()} = ${noun()}(${noun()}, ${number()});`,
	).join("\n");
}

/** Bytes nobody can predict. */
export function noise(seed: number, length: number): string {
	const random = seededRandom(seed);
	return Array.from({ length }, () => String.fromCharCode(33 + random.below(90))).join("");
}

/** `count` files of made-up code, `lines` lines each. */
export function madeUpProject(count: number, lines: number): SourceFile[] {
	return Array.from({ length: count }, (_, i) => {
		const path = `src/part${i}.ts`;
		return fileOf(path, madeUpCode(hashString(path), lines), i * 3_600_000);
	});
}

export async function* feedOf(files: readonly SourceFile[]): AsyncIterable<FeedItem> {
	for (const file of files) yield { kind: "file", file };
}
