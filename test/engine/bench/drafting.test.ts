import { deepEqual, equal, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { draftingPlaces } from "#engine/bench/drafting";
import { starterTokenizer } from "#test/assist/starterTokenizer";

describe("engine/bench/drafting", () => {
	it("finds the same cursors in real code each time, with texts of the project to draft from", () => {
		const tokenizer = starterTokenizer();
		const [one, two] = [draftingPlaces(tokenizer, 6, 256), draftingPlaces(tokenizer, 6, 256)];
		deepEqual(one, two);
		equal(one.length, 6);
		const source = readdirSync("src", { recursive: true, encoding: "utf8" })
			.filter((name) => name.endsWith(".ts"))
			.map((name) => readFileSync(`src/${name}`, "utf8"));
		for (const { prompt, stop, drafts } of one) {
			ok(prompt.length <= 256 && stop.length > 0 && drafts.length > 10);
			const texts = drafts.map((ids) => tokenizer.decode(ids, true));
			ok(texts.some((text) => source.some((whole) => whole.includes(text.trim()))));
		}
		ok(new Set(one.map(({ prompt }) => prompt.join())).size > 4);
	});
});
