/** Conversations and explanations of the serving process: streamed, stopped, overtaken by suggestions, kept from what is not for a model. */
import { deepEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultSettings } from "#assist/situation";
import { seededAdapter } from "#engine/bench/decode";
import { attuneHome, mediaFolder, programFile } from "#engine/home";
import { loadModel } from "#engine/loadModel";
import type { ModelConfig } from "#models/config";
import { complete, lastPrompt, useAdapter, useModel } from "#protocol/serving";
import {
	type AskParams,
	type AskPart,
	ask,
	countTokens,
	type ExplainParams,
	type ExplainPart,
	explain,
	useWorkspace,
	workspaceChanged,
} from "#protocol/talking";
import { writeAdapter } from "#runtime/adapterFolder";
import type { Adapter } from "#runtime/adapterState";
import { type Child, startChild } from "#supervise/child";
import { wideProject } from "#test/slow/realProject";

const awsKey = `export const key = "${["AKIA", "Q7WJ5XNPR2LTMZKD"].join("")}";\nexport const other = 1;\n`;

describe("serving process, talking", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-talk-"));
	const project = join(place, "project");
	let child: Child;
	const params: AskParams = {
		...{ conversation: "1", messages: [], question: "What does add in answers.ts return?", useContext: true },
		...{ seed: 1, maxTokens: 40 },
	};
	const asked = async (more: Partial<AskParams>, signal?: AbortSignal, onText = () => {}) => {
		const parts: AskPart[] = [];
		const onPart = (part: AskPart) => {
			parts.push(part);
			if (part.kind === "text") onText();
		};
		const result = await child.connection.callStream(ask, { ...params, ...more }, { signal, onPart });
		const text = parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("");
		return { result, parts, text };
	};
	before(async () => {
		wideProject(project);
		writeFileSync(
			join(project, "answers.ts"),
			"/** Adds. */\nexport function add(a: number, b: number) {\n\treturn a + b;\n}\n",
		);
		child = startChild({ file: programFile("serve"), environment: { ATTUNE_HOME: join(place, "home") } });
		child.connection.listen();
		await child.connection.call(useModel, { format: "float32", threads: 1 });
		ok((await child.connection.call(useWorkspace, { roots: [project] })).files > 3);
	});
	after(async () => {
		await child.stop(5_000);
		rmSync(place, { recursive: true, force: true });
	});

	it("streams an answer and gives back the conversation with it", async () => {
		const { result, parts, text } = await asked({});
		equal(result.messages.at(-1)?.content, text);
		deepEqual(
			result.messages.map(({ role }) => role),
			["user", "assistant"],
		);
		ok(result.reason === "finished" || result.reason === "length");
		const context = parts.find((part) => part.kind === "context");
		ok(context?.kind === "context" && context.context.length > 0);
		const again = await asked({});
		equal(again.text, text);
		const next = await asked({ messages: result.messages, question: "And then?", useContext: false });
		equal(next.result.messages.length, 4);
	});

	it("stops within a token or two where it is told to, and keeps what was said", async () => {
		const abort = new AbortController();
		let pieces = 0;
		const { result, text } = await asked({ maxTokens: 200, question: "Tell me all of it." }, abort.signal, () => {
			if (++pieces === 3) abort.abort();
		});
		equal(result.reason, "cancelled");
		equal(result.messages.at(-1)?.content, text);
		// One token was being made when it was told, and one may have been under way to us.
		ok(pieces <= 5, `${pieces} pieces`);
	});

	it("ends an answer with the adapter that it began with, and gives the next one with the new", async () => {
		const question = { useContext: false, question: "What else is there to say?", maxTokens: 60 };
		const before = await asked(question);
		const folder = join(place, "adapter");
		const { config, weights, name } = await loadModel(undefined, attuneHome({ ATTUNE_HOME: join(place, "home") }));
		writeAdapter(folder, strongAdapter(config), name, { baseModelHash: weights.hash });
		let pieces = 0;
		let swapped: Promise<unknown> | undefined;
		const during = await asked(question, undefined, () => {
			if (++pieces === 2) swapped = child.connection.call(useAdapter, { folder });
		});
		ok(pieces > 4, "the answer was long enough to be interrupted");
		await swapped;
		equal(during.text, before.text);
		notEqual((await asked(question)).text, before.text);
		await child.connection.call(useAdapter, { folder: null });
		equal((await asked(question)).text, before.text);
	});

	it("lets a suggestion pass before the rest of an answer", async () => {
		const order: string[] = [];
		let suggestion: Promise<unknown> | undefined;
		const situation = {
			path: "a.ts",
			language: "typescript",
			text: "const a = ",
			offset: 10,
			repository: "x",
		} as const;
		const settings = { ...defaultSettings, threshold: 0, deadline: 60 };
		await asked({ maxTokens: 150, question: "Tell me more." }, undefined, () => {
			order.push("token");
			suggestion ??= child.connection
				.call(complete, { situation: { ...situation, trigger: "invoked" }, settings })
				.then(() => order.push("suggestion"));
		});
		await suggestion;
		const at = order.indexOf("suggestion");
		ok(at >= 0 && at < 12, `the suggestion came after ${at} tokens`);
	});

	it("explains lines, also of text that is not saved, and follows changed files", async () => {
		const file = join(project, "answers.ts");
		let streamed = "";
		const part = { kind: "symbol", name: "add" } as const;
		const said = await child.connection.callStream(
			explain,
			{ file, part },
			{ onPart: (piece) => (streamed += piece.kind === "text" ? piece.text : "") },
		);
		equal(said.text, streamed.trim());
		deepEqual(said.context[0]?.lines, [2, 4]);
		const text = "\n\nexport function sub(a: number, b: number) {\n\treturn a - b;\n}\n";
		const unsaved = await child.connection.callStream(
			explain,
			{ file, text, part: { kind: "symbol", name: "sub" } },
			{},
		);
		deepEqual(unsaved.context[0]?.lines, [3, 5]);
		await child.connection.notify(workspaceChanged, [file, join(project, "gone.ts")]);
		await rejects(child.connection.callStream(explain, { file, part: { kind: "symbol", name: "sub" } }, {}), {
			code: "usage",
		});
	});

	it("says of a problem what the code around it does, and shows a model that reads the message the message", async () => {
		const problem: ExplainParams = {
			file: join(project, "answers.ts"),
			part: { kind: "diagnostic", message: "Type 'string' is not assignable.", line: 3 },
		};
		const noticesOf = async (): Promise<readonly string[]> => {
			const notices: string[] = [];
			const onPart = (part: ExplainPart) => void (part.kind === "notice" && notices.push(part.text));
			const said = await child.connection.callStream(explain, problem, { onPart });
			deepEqual(said.context[0]?.lines, [2, 4]);
			return notices;
		};
		const shown = async () => (await child.connection.call(lastPrompt, null))?.text ?? "";
		const notices = await noticesOf();
		equal(notices.length, 1);
		match(notices[0] ?? "", /does not read the problem's message/);
		ok(!(await shown()).includes("not assignable"));
		const choice = { format: "float32", threads: 1 } as const;
		await child.connection.call(useModel, { ...choice, model: withoutTemplate(join(place, "reads messages")) });
		ok(!(await noticesOf()).some((notice) => notice.includes("does not read")));
		ok((await shown()).includes("Type 'string' is not assignable."));
		await child.connection.call(useModel, choice);
	});

	it("has the shipped model say what the first part that is attached does", async () => {
		const file = join(project, "answers.ts");
		const { parts, result } = await asked({ attached: [{ file, lines: [2, 4] }], maxTokens: 12 });
		const context = parts.find((part) => part.kind === "context");
		deepEqual(context?.kind === "context" && context.context[0], { path: "answers.ts", lines: [2, 4] });
		equal(result.messages.length, 2);
	});

	it("shows what is attached first, as the editor has it, cut where it is too long, without what is not for a model", async () => {
		const choice = { format: "float32", threads: 1 } as const;
		await child.connection.call(useModel, { ...choice, model: withoutTemplate(join(place, "plain")) });
		const file = join(project, "answers.ts");
		const text = "export const unsaved = 1;\n";
		const long = `${"export const value = compute(first, second);\n".repeat(200)}`;
		writeFileSync(join(project, "keys.ts"), awsKey);
		const { parts } = await asked({
			maxTokens: 2,
			attached: [
				{ file, text },
				{ file: join(project, "keys.ts"), text: awsKey },
				{ file, text: long, lines: [10, 150] },
				{ file: join(project, "nowhere.ts"), lines: [1, 2] },
			],
		});
		const context = parts.find((part) => part.kind === "context");
		ok(context?.kind === "context");
		deepEqual(context.context[0], { path: "answers.ts", lines: [1, 1] });
		const cut = context.context[1]?.lines ?? [0, 0];
		ok(cut[0] === 10 && cut[1] > 10 && cut[1] < 150, `${cut}`);
		const left = parts.find((part) => part.kind === "leftOut");
		deepEqual(left?.kind === "leftOut" ? left.parts : [], [
			{ path: "keys.ts", lines: undefined, reason: "secretContent" },
			{ path: "nowhere.ts", lines: [1, 2], reason: "changed" },
			{ path: "answers.ts", lines: [cut[1] + 1, 150], reason: "tooLong" },
		]);
		await child.connection.call(useModel, choice);
	});

	it("counts tokens as the model reads them", async () => {
		const { tokens } = await child.connection.call(countTokens, { text: "export const one = 1;" });
		ok(tokens > 3 && tokens < 21, `${tokens}`);
		deepEqual(await child.connection.call(countTokens, { text: "" }), { tokens: 0 });
	});

	it("shows the model no file that holds a secret", async () => {
		const file = join(project, "keys.ts");
		const text = awsKey;
		writeFileSync(file, text);
		await rejects(child.connection.callStream(explain, { file, text, part: { kind: "file" } }, {}), {
			code: "workspace",
			message: /not for a model/,
		});
	});
});

/** One that changes what is said. */
function strongAdapter(config: ModelConfig): Adapter {
	const { lora, modules } = seededAdapter(config);
	return { lora, modules: new Map([...modules].map(([name, { a, b }]) => [name, { a: a.map((x) => 20 * x), b }])) };
}

/** The shipped model as one of which nobody knows that it says one sentence alone. */
function withoutTemplate(folder: string): string {
	cpSync(mediaFolder("starter"), folder, { recursive: true });
	const file = join(folder, "tokenizer_config.json");
	const { chat_template: _, ...config } = JSON.parse(readFileSync(file, "utf8"));
	writeFileSync(file, JSON.stringify(config));
	return folder;
}
