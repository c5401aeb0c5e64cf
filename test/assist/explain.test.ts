import { deepEqual, equal, match, throws } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type ExplainTarget, explainPrompt, explainStyle, findExplained } from "#assist/explain";
import { declarationsOf } from "#assist/retrievalSymbols";
import { AttuneError } from "#base/errors";
import { goldenJson } from "#test/golden/tokenizerGolden";
import { openChatFormat } from "#text/chatTemplate";
import { loadTokenizer } from "#text/loadTokenizer";

const python = `import os

class Tree:
    @property
    def size(self):
        if self.left:

            return 1
        return 0

    async def grow(
        self,
        by: int,
    ) -> None:
        self.by = by

def top(x):
    return x
`;
const file = { path: "src/tree.py", text: python, language: "python" };

describe("assist/explain", () => {
	const targets: [string, ExplainTarget, readonly [number, number], string][] = [
		["a function by its name", { kind: "symbol", name: "top" }, [17, 18], "function"],
		["a method with its decorator", { kind: "symbol", name: "Tree.size" }, [4, 9], "function"],
		["a method with a head of many lines", { kind: "symbol", name: "grow" }, [11, 15], "function"],
		["a class", { kind: "symbol", name: "Tree" }, [3, 15], "class"],
		["lines of a function", { kind: "lines", from: 17, to: 18 }, [17, 18], "function"],
		["lines without a declaration", { kind: "lines", from: 6, to: 8 }, [6, 8], "lines"],
		["all lines", { kind: "lines", from: 1, to: 18 }, [1, 18], "file"],
		["the file", { kind: "file" }, [1, 18], "file"],
		["a diagnostic in a method", { kind: "diagnostic", message: "m", line: 8 }, [4, 9], "function"],
		["a diagnostic outside of everything", { kind: "diagnostic", message: "m", line: 1 }, [1, 6], "lines"],
	];
	for (const [name, target, lines, what] of targets)
		it(`finds ${name}`, () => {
			const found = findExplained(file, target);
			deepEqual([found.lines, found.what], [lines, what]);
			equal(
				found.code,
				python
					.split("\n")
					.slice(lines[0] - 1, lines[1])
					.join("\n"),
			);
			equal(found.message, target.kind === "diagnostic" ? "m" : undefined);
		});

	const refused: [ExplainTarget, RegExp, RegExp][] = [
		[{ kind: "symbol", name: "none" }, /nothing named "none"/, /Tree, size, grow, top/],
		[{ kind: "lines", from: 17, to: 19 }, /nothing at lines 17 to 19/, /18 lines/],
		[{ kind: "lines", from: 5, to: 4 }, /nothing at lines 5 to 4/, /18 lines/],
		[{ kind: "lines", from: 2, to: 2 }, /only blank space/, /other lines/],
		[{ kind: "diagnostic", message: "m", line: 40 }, /nothing at line 40/, /18 lines/],
	];
	for (const [target, reason, remedy] of refused)
		it(`refuses ${JSON.stringify(target)}`, () =>
			throws(
				() => findExplained(file, target),
				(error) => {
					if (!(error instanceof AttuneError)) throw error;
					match(error.message, reason);
					match(error.remedy, remedy);
					return true;
				},
			));

	it("refuses an empty file", () =>
		throws(() => findExplained({ ...file, text: "" }, { kind: "file" }), /only blank space/));

	const languages: [string, string, string][] = [
		[
			"typescript",
			"export class A<T> {\n\tprivate async go(x: number): Promise<void> {\n\t\tif (x) {\n\t\t}\n\t}\n}\nexport const f = async (a: string) => {\n};\nexport interface B {\n}\nexport type C = 1;\n",
			"class A 1-6, function go 2-5, function f 7-8, class B 9-10, class C 11-11",
		],
		[
			"go",
			"type T struct {\n\ta int\n}\n\nfunc (t *T) Go(x int) error {\n\treturn nil\n}\n",
			"class T 1-3, function Go 5-7",
		],
		[
			"rust",
			"#[derive(Debug)]\npub struct S {\n    a: u8,\n}\n\nimpl<T> Tr for S {\n    pub(crate) async fn f(&self) {\n    }\n}\n",
			"class S 1-4, class S 6-9, function f 7-8",
		],
		[
			"java",
			"public final class A extends B {\n  @Override\n  public static List<String> go(int x) throws E {\n    return foo(x);\n  }\n}\n",
			"class A 1-6, function go 2-5",
		],
		["c", "static int *add(int a,\n    int b)\n{\n  return a;\n}\n", "function add 1-5"],
		["ruby", "module M\n  def go?(x)\n    x\n  end\nend\n", "class M 1-5, function go? 2-4"],
		["shell", "build() {\n  make\n}\n", "function build 1-3"],
		["markdown", "# Title\n", ""],
	];
	for (const [language, text, expected] of languages)
		it(`knows declarations of ${language}`, () =>
			equal(
				declarationsOf(text, language)
					.map(({ kind, name, from, to }) => `${kind} ${name} ${from + 1}-${to + 1}`)
					.join(", "),
				expected,
			));

	it("asks the shipped model exactly as it was trained, and others at length", () => {
		const controls = ["<|system|>", "<|user|>", "<|assistant|>", "<|im_end|>"];
		const { added_tokens: known, ...rest } = goldenJson("starcoder") as { added_tokens: object[] };
		const added = controls.map((content, i) => ({ id: 3000 + i, content, special: true }));
		const tokenizer = loadTokenizer({ tokenizer: { ...rest, added_tokens: [...known, ...added] }, file: "t" });
		const open = (style: string) =>
			openChatFormat(
				{ jinja: readFileSync(`test/golden/fixtures/chat/${style}.jinja`, "utf8"), tokenizerConfig: {}, file: "t" },
				tokenizer,
			);
		equal(explainStyle(open("starter"), tokenizer), "sentence");
		for (const style of ["chatml", "llama3", "mistral"]) equal(explainStyle(open(style), tokenizer), "full");
		const jinja = "{% if messages | length < 2 %}{{ raise_exception('no') }}{% endif %}x";
		const refusing = openChatFormat({ jinja, tokenizerConfig: {}, file: "t" }, tokenizer);
		deepEqual([refusing.kind, explainStyle(refusing, tokenizer)], ["template", "full"]);
		const found = findExplained(file, { kind: "symbol", name: "top" });
		const { messages, notice, sampling } = explainPrompt(found, file, "sentence", "");
		const ids = open("starter").prompt(messages);
		deepEqual(
			[...ids],
			[3001, ...tokenizer.encode("Explain this function.\n\n```python\ndef top(x):\n    return x\n```"), 3003, 3002],
		);
		equal(sampling.temperature, 0);
		match(notice ?? "", /one sentence.*may be wrong.*does not converse/);
		const problem = explainPrompt({ ...found, message: "E1: bad" }, file, "sentence", "");
		deepEqual(problem.messages, messages, "the message of a tool is nothing it was trained on");
		match(problem.notice ?? "", /does not read the problem's message.*explains the code.*may be wrong/);
		equal(explainPrompt(found, file, "full", "").notice, undefined);
		equal(explainPrompt({ ...found, message: "E1: bad" }, file, "full", "").notice, undefined);
		match(
			explainPrompt({ ...found, message: "E1: bad" }, file, "full", "CTX").messages[1]?.content ?? "",
			/^CTX\n\nA tool reports.*"E1: bad"[\s\S]*def top/,
		);
	});
});
