/** Real code to write on in `attune bench decode`: prompts and texts to draft from, as suggestions in an editor have them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KnownFile } from "#assist/context/gather";
import { buildPrompt } from "#assist/prompt/build";
import { draftSources } from "#assist/prompt/drafts";
import { TokenCache } from "#assist/prompt/tokenCache";
import { defined } from "#base/assert";
import { AttuneError } from "#base/errors";
import { seededRandom } from "#base/random";
import { detectInfillFormat } from "#text/infillFormat";
import type { Tokenizer } from "#text/tokenizer";
import { packageRoot } from "../home.ts";

/** A cursor in a file. */
export interface DraftingPlace {
	readonly prompt: Int32Array;
	/** Ids that end what belongs there. */
	readonly stop: readonly number[];
	readonly drafts: readonly Int32Array[];
}

/** Other files that are open beside the one that is written in. */
const openFiles = 4;
/** Lines that are not there yet. */
const missingLines = 4;

/** `count` cursors in this project's own source, each at the beginning of a line's text that was taken out with the next ones; the same every time. */
export function draftingPlaces(tokenizer: Tokenizer, count: number, room: number): DraftingPlace[] {
	const files = ownSource();
	const random = seededRandom(11);
	const tokens = new TokenCache(tokenizer);
	const format = detectInfillFormat(tokenizer);
	const places: DraftingPlace[] = [];
	while (places.length < count) {
		const index = random.below(files.length);
		const { path, text: whole } = files[index] as KnownFile;
		const line = whole.indexOf("\n", Math.floor(whole.length * (0.3 + 0.5 * random.uniform())));
		const offset = line + 1 + (/^\s*/.exec(whole.slice(line + 1))?.[0].length ?? 0);
		const behind = whole.slice(offset).split("\n").slice(missingLines);
		const text = [whole.slice(0, offset), ...behind].join("\n");
		const others = Array.from({ length: openFiles }, (_, i) => files[(index + i + 1) % files.length] as KnownFile);
		const parts = { path, language: "typescript", repository: "attune", stable: [], recent: [] };
		const prompt = buildPrompt(
			{ ...parts, prefix: text.slice(0, offset), suffix: text.slice(offset) },
			...[format, room, tokens],
		);
		const { tokens: ids, stop } = defined(prompt, "prompt");
		places.push({ prompt: ids, stop, drafts: draftSources({ path, text, offset, files: others, recent: [] }, tokens) });
	}
	return places;
}

function ownSource(): KnownFile[] {
	const folder = join(packageRoot(), "src");
	const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
	const files = names.filter((name) => name.endsWith(".ts")).sort();
	if (files.length === 0)
		throw new AttuneError("usage", "there is no source of Attune to write in", {
			file: folder,
			remedy: "Run the benchmark in a clone of Attune.",
		});
	return files
		.map((path) => ({ path, text: readFileSync(join(folder, path), "utf8"), open: true }))
		.filter(({ text }) => text.length > 3_000);
}
