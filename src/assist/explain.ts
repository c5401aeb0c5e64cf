/** What is to be explained, and how a model is asked for it. */
import { AttuneError } from "#base/errors";
import type { ChatFormat, ChatMessage } from "#text/chatTemplate";
import type { TemplateTokenizer } from "#text/tokenizer";
import { greedy, type Sampling } from "./decoder.ts";
import { fenced } from "./markdown.ts";
import { type Declaration, declarationAt, declarationsOf } from "./retrievalSymbols.ts";

export interface ExplainFile {
	/** As it is shown. */
	readonly path: string;
	readonly text: string;
	readonly language: string;
}

export type ExplainTarget =
	/** Lines from 1, both included. */
	| { readonly kind: "lines"; readonly from: number; readonly to: number }
	| { readonly kind: "symbol"; readonly name: string }
	/** What a tool says about a line, from 1. */
	| { readonly kind: "diagnostic"; readonly message: string; readonly line: number }
	| { readonly kind: "file" };

/** What is shown of the file. */
export interface Explained {
	/** First and last line, from 1, both included. */
	readonly lines: readonly [number, number];
	readonly what: "function" | "class" | "file" | "lines";
	readonly code: string;
	/** Of the diagnostic. */
	readonly message: string | undefined;
}

/** Finds what the target means in the file; throws AttuneError "usage" if it is not there or empty. */
export function findExplained(file: ExplainFile, target: ExplainTarget): Explained {
	const lines = file.text.split("\n");
	const count = lines.at(-1) === "" ? lines.length - 1 : lines.length;
	const declarations = declarationsOf(file.text, file.language);
	switch (target.kind) {
		case "file":
			return explained(file, lines, 1, count, "file");
		case "symbol":
			return ofDeclaration(file, lines, symbolNamed(target.name, declarations, file));
		case "diagnostic": {
			checkLines(file, target.line, target.line, count);
			const around = declarationAt(declarations, target.line - 1);
			const nearby = [Math.max(1, target.line - 5), Math.min(count, target.line + 5)] as const;
			const found =
				around === undefined ? explained(file, lines, ...nearby, "lines") : ofDeclaration(file, lines, around);
			return { ...found, message: target.message };
		}
		case "lines": {
			const { from, to } = target;
			checkLines(file, from, to, count);
			const whole =
				from === 1 && to === count ? "file" : declarations.find(({ at }) => at >= from - 1 && at < to)?.kind;
			return explained(file, lines, from, to, whole ?? "lines");
		}
	}
}

function symbolNamed(name: string, declarations: readonly Declaration[], { path }: ExplainFile): Declaration {
	const short = name.split(/[.#:]+/).at(-1) ?? name;
	const found = declarations.find((declaration) => declaration.name === name || declaration.name === short);
	if (found !== undefined) return found;
	const names = [...new Set(declarations.map((declaration) => declaration.name))].slice(0, 8).join(", ");
	throw new AttuneError("usage", `nothing named "${name}" is declared here`, {
		file: path,
		remedy: names === "" ? "Name lines instead." : `Name one of its declarations (${names}, ...) or lines.`,
	});
}

function ofDeclaration(file: ExplainFile, lines: readonly string[], { from, to, kind }: Declaration): Explained {
	return explained(file, lines, from + 1, to + 1, kind);
}

function checkLines({ path }: ExplainFile, from: number, to: number, count: number): void {
	if (from >= 1 && from <= to && to <= count) return;
	const wanted = from === to ? `line ${from}` : `lines ${from} to ${to}`;
	throw new AttuneError("usage", `there is nothing at ${wanted}`, { file: path, remedy: `It has ${count} lines.` });
}

function explained(
	{ path }: ExplainFile,
	lines: readonly string[],
	from: number,
	to: number,
	what: Explained["what"],
): Explained {
	const code = lines
		.slice(from - 1, to)
		.map((line) => line.replace(/\r$/, ""))
		.join("\n");
	if (code.trim() === "")
		throw new AttuneError("usage", "there is only blank space to explain", { file: path, remedy: "Name other lines." });
	return { lines: [from, to], what, code, message: undefined };
}

/** "sentence": the shipped model, trained to say one sentence in reply to one fixed question. "full": any other. */
export type ExplainStyle = "sentence" | "full";

/** The style by what the chat format makes of a message: nobody else's template looks like the shipped model's. */
export function explainStyle(format: ChatFormat, tokenizer: TemplateTokenizer): ExplainStyle {
	const [user, end, assistant] = ["<|user|>", "<|im_end|>", "<|assistant|>"].map((token) => tokenizer.special(token));
	if (format.kind !== "template" || user === undefined || end === undefined || assistant === undefined) return "full";
	const wanted = [user, ...tokenizer.encode("x"), end, assistant];
	const got = promptIfAny(format, [{ role: "user", content: "x" }]);
	return got?.length === wanted.length && wanted.every((id, i) => id === got[i]) ? "sentence" : "full";
}

/** Undefined where the template refuses the messages. */
function promptIfAny(format: ChatFormat, messages: readonly ChatMessage[]): Int32Array | undefined {
	try {
		return format.prompt(messages);
	} catch {
		return undefined;
	}
}

/** A small model's most likely text turns in circles. */
const sentenceSampling: Sampling = { ...greedy, noRepeatNgram: 4 };

const sentenceNotice =
	"This small model explains in one sentence, which may be wrong; it does not converse. Fetch a larger one for more.";
const problemNotice =
	"This small model does not read the problem's message: it explains the code around it in one sentence, which may be wrong. Fetch a larger one for more.";

export interface ExplainPrompt {
	readonly messages: readonly ChatMessage[];
	readonly sampling: Sampling;
	readonly maxTokens: number;
	/** What the user should know of the answer before reading it. */
	readonly notice: string | undefined;
}

/** How the model is asked. `context`: other parts of the project, as text; only for the full style. */
export function explainPrompt(
	found: Explained,
	file: ExplainFile,
	style: ExplainStyle,
	context: string,
): ExplainPrompt {
	const code = fenced(found.code, file.language);
	if (style === "sentence") {
		const what = found.what === "lines" ? "function" : found.what;
		return {
			messages: [{ role: "user", content: `Explain this ${what}.\n\n${code}` }],
			sampling: sentenceSampling,
			maxTokens: 64,
			notice: found.message === undefined ? sentenceNotice : problemNotice,
		};
	}
	const [first, last] = found.lines;
	const question =
		found.message === undefined
			? `Explain this ${found.what === "lines" ? "part" : found.what} of \`${file.path}\` (lines ${first} to ${last}): what it does, how, and what to watch out for.`
			: `A tool reports this about \`${file.path}\`: "${found.message}". Explain what it means for this code (lines ${first} to ${last}) and how to fix it.`;
	const content = [context, question, code].filter((part) => part !== "").join("\n\n");
	return {
		messages: [
			{ role: "system", content: "You explain code briefly and precisely. Say only what the code shows." },
			{ role: "user", content },
		],
		sampling: greedy,
		maxTokens: 400,
		notice: undefined,
	};
}
