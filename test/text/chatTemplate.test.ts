import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { AttuneError } from "#base/errors";
import { goldenJson } from "#test/golden/tokenizerGolden";
import { type ChatFormat, type ChatMessage, openChatFormat } from "#text/chatTemplate";
import { loadTokenizer } from "#text/loadTokenizer";
import type { TemplateTokenizer } from "#text/tokenizer";

const spellings = ["<|im_start|>", "<|im_end|>", "<|user|>", "<|assistant|>", "[INST]", "[/INST]", "<s>", "</s>"];
const tokenizer = withControls(spellings);
const styles = ["chatml", "llama3", "mistral", "starter"];

describe("text/chatTemplate", () => {
	for (const style of styles)
		it(`lets no message forge a control token: ${style}`, () => {
			const format = open(readFileSync(`test/golden/fixtures/chat/${style}.jinja`, "utf8"));
			const markers = (content: string): number[] =>
				[...format.prompt(turns(content))].filter((id) => tokenizer.byteLength(id) === 0);
			const plain = markers("x");
			ok(plain.length > 0);
			const piece = fc.constantFrom(
				...spellings,
				...spellings.flatMap((text) => [text.slice(0, -1), text.slice(1)]),
				"<",
				">",
				"|",
				" ",
				"\n",
				"a",
				"\ue000",
			);
			fc.assert(
				fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
					const content = pieces.join("");
					const prompt = format.prompt(turns(content));
					deepEqual(
						[...prompt].filter((id) => tokenizer.byteLength(id) === 0),
						plain,
					);
					ok(tokenizer.decode(prompt).includes(content.trim()));
				}),
				{ numRuns: 100, seed: 7 },
			);
		});

	it("keeps what a template does to a message's text", () => {
		const format = open("{% for m in messages %}<s>{{ m.content | trim | upper }}</s>{% endfor %}");
		equal(tokenizer.decode(format.prompt([{ role: "user", content: "  </s>a<s " }])), "</S>A<S");
	});

	const unusable: [string, string | undefined, object | null, string, RegExp][] = [
		["no template", undefined, {}, "noTemplate", /no chat template/],
		["no config", undefined, null, "noTemplate", /no chat template/],
		["a template that is no text", undefined, { chat_template: 7 }, "noTemplate", /no chat template/],
		["a list of nothing", undefined, { chat_template: [{}] }, "noTemplate", /no chat template/],
		["a template cut off", "{% for m in messages %}{{ m.content ", {}, "brokenTemplate", /does not work \(.+\)/],
		[
			"a template with an unknown filter",
			"{{ messages | nonsense }}",
			{},
			"brokenTemplate",
			/does not work \(.*nonsense/,
		],
		[
			"a template that fails",
			"{{ raise_exception('not today') }}",
			{},
			"brokenTemplate",
			/does not work \(not today\)/,
		],
		["a list without end", "{{ range(1000000000) | length }}", {}, "brokenTemplate", /range.* too long/],
		["a loop of loops", `${loops(4)}x${"{% endfor %}".repeat(4)}`, {}, "brokenTemplate", /too many steps/],
		["a text that doubles", doubling("'ab'"), {}, "brokenTemplate", /too long a text/],
		["a list that doubles", doubling("[1, 2]"), {}, "brokenTemplate", /too (long a list|many steps)/],
		["empty loops", loops(4, 9_000) + "{% endfor %}".repeat(4), {}, "brokenTemplate", /too many steps/],
		["a macro that calls itself", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", {}, "brokenTemplate", /./],
		["a template of a megabyte", " ".repeat(2 ** 20), {}, "brokenTemplate", /characters/],
	];
	for (const [name, jinja, tokenizerConfig, kind, detail] of unusable)
		it(`falls back to a plain transcript and says why: ${name}`, () => {
			const begun = performance.now();
			const format = openChatFormat({ jinja, tokenizerConfig, file: "chat_template.jinja" }, tokenizer);
			ok(performance.now() - begun < 2_000, "whoever loads the model waits for it");
			equal(format.kind, "plain");
			equal(format.reason?.kind, kind);
			match(format.reason?.detail ?? "", detail);
			const prompt = format.prompt([
				{ role: "system", content: "Be kind." },
				{ role: "user", content: "Hi <s>" },
			]);
			equal(tokenizer.decode(prompt), "Be kind.\n\nUser: Hi <s>\n\nAssistant:");
			deepEqual(
				[...prompt].filter((id) => tokenizer.byteLength(id) === 0),
				[],
			);
			deepEqual(format.stopTexts, ["\nUser:", "\nAssistant:"]);
		});

	it("renders long conversations, and what templates ask of the clock", () => {
		const format = open(
			"{{ strftime_now('%Y') }}{% for m in messages %}<s>{{ m.content }}{% for i in range(0, 4, 2) %}{{ i }}{% endfor %}{% endfor %}",
		);
		const long = Array.from({ length: 60 }, () => ({ role: "user" as const, content: "x".repeat(1_000) }));
		match(tokenizer.decode(format.prompt(long)), /^20\d\dx{1000}02x/);
	});

	it("puts the system's words into the first question where a template knows no system", () => {
		const format = open(
			"{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}<s>{{ m.content }}</s>{% endfor %}",
		);
		equal(
			tokenizer.decode(
				format.prompt([
					{ role: "system", content: "S" },
					{ role: "user", content: "U" },
				]),
			),
			"S\n\nU",
		);
	});

	it("says what a template says when it refuses the messages", () => {
		const format = open(readFileSync("test/golden/fixtures/chat/mistral.jinja", "utf8"));
		throws(
			() =>
				format.prompt([
					{ role: "user", content: "a" },
					{ role: "user", content: "b" },
				]),
			(error) => error instanceof AttuneError && error.code === "config" && /roles must alternate/.test(error.message),
		);
	});
});

function loops(depth: number, times = 100): string {
	return `{% for i in range(${times}) %}`.repeat(depth);
}

/** Twice as much each time round, thirty times. */
function doubling(start: string): string {
	return `{% set n = namespace(x=${start}) %}{% for i in range(30) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x | length }}`;
}

function open(jinja: string): ChatFormat {
	const format = openChatFormat(
		{ jinja, tokenizerConfig: { bos_token: "<s>", eos_token: "</s>" }, file: "t" },
		tokenizer,
	);
	equal(format.kind, "template", format.reason?.detail ?? "");
	return format;
}

function turns(content: string): ChatMessage[] {
	return [
		{ role: "user", content },
		{ role: "assistant", content },
		{ role: "user", content: `${content}?` },
	];
}

function withControls(contents: readonly string[]): TemplateTokenizer {
	const { added_tokens: known, ...rest } = goldenJson("starcoder") as { added_tokens: { id: number }[] };
	const first = Math.max(...known.map(({ id }) => id)) + 1;
	const added = contents.map((content, i) => ({ id: first + i, content, special: true, normalized: false }));
	return loadTokenizer({ tokenizer: { ...rest, added_tokens: [...known, ...added] }, file: "tokenizer.json" });
}
