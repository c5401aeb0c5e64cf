import { equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { htmlOf } from "#panel/chatMarkdown";
import { mentionAt } from "#panel/chatMention";

describe("panel/chatMarkdown", () => {
	it("makes Markdown of an answer, code with its language", () => {
		equal(htmlOf("**a** `b`"), "<p><strong>a</strong> <code>b</code></p>\n");
		match(htmlOf("```ts\nlet a = 1 < 2;\n```"), /<pre><code class="language-ts">let a = 1 &lt; 2;\n<\/code><\/pre>/);
		match(htmlOf("| a | b |\n|---|---|\n| 1 | 2 |"), /<table>[\s\S]*<td>2<\/td>/);
		match(htmlOf("```py\nopen = True"), /<pre><code class="language-py">open = True/);
	});

	const hostile = [
		"<script>alert(1)</script>",
		'<img src="https://a.example/x.png" onerror="alert(1)">',
		"![x](https://a.example/?code=secret)",
		"<style>body{display:none}</style>",
		"[x](javascript:alert(1))",
		"[x](data:text/html;base64,PHNjcmlwdD4=)",
		"[x](command:workbench.action.quit)",
		"[x](vscode://a.b/c)",
		"<svg/onload=alert(1)>",
		"[x]: javascript:alert(1)\n\n[x]",
		"```html\n</code></pre><script>alert(1)</script>\n```",
	];
	for (const text of hostile) {
		it(`makes nothing that runs or loads of ${JSON.stringify(text)}`, () => {
			const html = htmlOf(text);
			ok(!/<(?!\/?(?:p|pre|code|a|ul|ol|li)\b)/.test(html), html);
			ok(!/<a [^>]*href="(?!https?:)/.test(html), html);
		});
	}

	it("lets no tag through that Markdown does not make, whatever is written", () =>
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom("<", ">", "a", '"', "`", "[", "](", "x:", "!", "/", " ", "\n", "*"), {
					maxLength: 40,
				}),
				(parts) => {
					const html = htmlOf(parts.join(""));
					ok(!/<(?!\/?(?:p|br|hr|strong|em|code|pre|blockquote|ul|ol|li|a|h[1-6])\b)/.test(html), html);
				},
			),
			{ seed: 5 },
		));
});

describe("panel/chatMention", () => {
	it("sees the mention that is being typed, at the end alone", () => {
		equal(mentionAt("what is #car"), "#car");
		equal(mentionAt("@"), "@");
		equal(mentionAt("#file:src/a.ts"), "#file:src/a.ts");
		equal(mentionAt("#car then"), undefined);
		equal(mentionAt("a#b"), undefined);
		equal(mentionAt("issue ##"), undefined);
	});
});
