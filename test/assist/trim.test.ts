import { deepEqual, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { extentAt } from "#assist/extent/extent";
import { placeOf } from "#assist/place";
import { trim } from "#assist/trim/pipeline";

/**
 * Cases are Markdown: a heading, the document with the cursor as ▮ in a fence that names its language (and `invoked`), the model's raw
 * text in a fence `model`, and what is shown in a fence `expected` (`replaces=1`: it takes the place of one character) or the reason of
 * silence in a fence `silence`.
 */
interface TrimCase {
	readonly name: string;
	readonly language: string;
	readonly invoked: boolean;
	readonly document: string;
	readonly model: string;
	readonly expected: string | { readonly text: string; readonly replaces: number };
}

const folder = "test/assist/trim";

const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

function readCases(file: string): TrimCase[] {
	const sections = readFileSync(`${folder}/${file}`, "utf8").split(/^## /m).slice(1);
	return sections.map((section) => {
		const name = section.slice(0, section.indexOf("\n"));
		const fences = Array.from(section.matchAll(/^````*([^\n]*)\n([\s\S]*?)\n?^````*$/gm), (match) => ({
			info: match[1] ?? "",
			text: match[2] ?? "",
		}));
		const [document, model, expected] = fences;
		if (document === undefined || model?.info !== "model" || expected === undefined)
			throw new Error(`${file}: "${name}" lacks a fence`);
		const [language = "", ...options] = document.info.split(" ");
		const replaces = Number(/replaces=(\d+)/.exec(expected.info)?.[1] ?? 0);
		return {
			...{ name, language, invoked: options.includes("invoked"), document: document.text, model: model.text },
			expected: expected.info === "silence" ? expected.text : { text: expected.text, replaces },
		};
	});
}

function pointAt(document: string, language: string, invoked = false) {
	const at = document.indexOf("▮");
	const place = placeOf(document.slice(0, at), document.slice(at + 1), language);
	return { place, extent: extentAt(place, invoked), invoked };
}

describe("assist/trim", () => {
	for (const file of readdirSync(folder)) {
		describe(file.replace(".md", ""), () => {
			for (const { name, language, invoked, document, model, expected } of readCases(file))
				it(name, () => deepEqual(trim(model, pointAt(document, language, invoked)), expected));
		});
	}

	it("does nothing more to what it gave", () => {
		for (const { language, document, model, invoked } of readdirSync(folder).flatMap(readCases)) {
			const at = pointAt(document, language, invoked);
			const once = trim(model, at);
			if (typeof once !== "string") deepEqual(trim(once.text, at), once, document);
		}
	});

	it("closes no bracket once more than the document did", () => {
		const opens = fc.array(fc.constantFrom("(", "[", "{"), { minLength: 1, maxLength: 4 });
		const piece = fc.constantFrom("(", ")", "[", "]", "{", "}", "x", "; ", ", ", "\n");
		const model = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
		fc.assert(
			fc.property(opens, fc.nat(4), model, (opened, closed, written) => {
				const behind = opened.map((mark) => closing[mark]).reverse();
				const [before, after] = [`f${opened.join("")}`, behind.slice(0, closed).join("")];
				const at = pointAt(`${before}▮${after}\n${behind.slice(closed).join("\n")}`, "typescript");
				const shown = trim(written, at);
				if (typeof shown === "string") return;
				const whole = at.place.prefix + shown.text + at.place.suffix.slice(shown.replaces);
				for (const [open, close] of Object.entries(closing))
					ok(whole.split(close).length <= whole.split(open).length, JSON.stringify({ before, after, written, whole }));
			}),
			{ numRuns: 2000 },
		);
	});

	it("bears any text, in time in proportion to it", () => {
		const piece = fc.constantFrom(
			"(",
			")",
			"{",
			"}",
			"\n",
			"\t",
			"  ",
			'"',
			"'",
			"a",
			"// ",
			"\\",
			"🙂",
			"\ud800",
			"<|fim_middle|>",
			"return x;\n",
		);
		const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));
		fc.assert(
			fc.property(
				text,
				text,
				text,
				fc.constantFrom("typescript", "python", "ruby", "markdown", "rust"),
				(before, behind, model, language) => {
					const shown = trim(model, pointAt(`${before}▮${behind}`, language));
					if (typeof shown === "string") return;
					ok(shown.text.trim() !== "");
					ok(shown.replaces <= (behind.split("\n", 1)[0] ?? "").length);
				},
			),
			{ numRuns: 300 },
		);
		const long = "f(x".repeat(20_000);
		const started = performance.now();
		trim(long, pointAt(`${long}▮${long}`, "typescript"));
		ok(performance.now() - started < 1000);
	});
});
