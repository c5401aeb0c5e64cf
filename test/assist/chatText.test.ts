import { equal } from "node:assert/strict";
import fc from "fast-check";
import { createChatText } from "#assist/chatText";
import { starterTokenizer } from "./starterTokenizer.ts";

const tokenizer = starterTokenizer();

/** Any but half a surrogate pair. fast-check's own "binary" takes more than a second to begin. */
const character = fc
	.nat(0x10ffff)
	.filter((code) => code < 0xd800 || code > 0xdfff)
	.map((code) => String.fromCodePoint(code));

describe("assist/chatText", () => {
	it("never shows half a character, and loses none", () =>
		fc.assert(
			fc.property(fc.string({ unit: character, maxLength: 30 }), (any) => {
				const text = `a${any.replaceAll("\ufffd", "")}`;
				const chat = createChatText(tokenizer, []);
				let shown = "";
				for (const id of tokenizer.encode(text, true)) {
					const part = chat.push(id);
					equal(part.includes("\ufffd"), false);
					shown += part;
				}
				equal(shown + chat.end(), tokenizer.decode(tokenizer.encode(text, true), true));
			}),
			{ seed: 5 },
		));

	it("shows broken text in the end", () => {
		const chat = createChatText(tokenizer, []);
		const [half] = tokenizer.encode("漢", true);
		equal(chat.push(half ?? 0), "");
		equal(chat.end(), "\ufffd");
	});

	const stops: [string, string[], string, boolean][] = [
		["Yes.\n\nUser: more", ["\nUser:"], "Yes.\n", true],
		["a<END>b", ["<END>"], "a", true],
		["a<EN", ["<END>"], "a<EN", false],
		["aaab", ["aab"], "a", true],
		["  \n hello ", [], "hello ", false],
		["x User: y", ["\nUser:"], "x User: y", false],
	];
	for (const [text, stopTexts, expected, stopped] of stops)
		it(`ends ${JSON.stringify(text)} at ${JSON.stringify(stopTexts)}`, () => {
			const chat = createChatText(tokenizer, stopTexts);
			let shown = "";
			for (const id of tokenizer.encode(text, true)) {
				shown += chat.push(id);
				if (!stopped) continue;
				// Nothing is shown that would have to be taken back.
				equal(expected.startsWith(shown), true);
			}
			equal(shown + chat.end(), expected);
			equal(chat.stopped, stopped);
		});
});
