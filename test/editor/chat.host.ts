/** Conversations inside a real editor: the panel's messages, explanations, code on its way into files, the editor's own Chat. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import {
	type CodeAction,
	CodeActionKind,
	commands,
	Diagnostic,
	languages,
	Position,
	Range,
	Selection,
	Uri,
	WorkspaceEdit,
	window,
	workspace,
} from "vscode";
import type { Attune } from "#editor/activate";
import { asAsked } from "#editor/chat/asked";
import { whatToExplain } from "#editor/chat/explain";
import { candidates, mentionedIn } from "#editor/chat/mentions";
import { newTurn } from "#editor/chat/turns";
import { openFile } from "#test/editor/project";
import { attune, open, restore, servingPid, until } from "#test/editor/running";

describe("editor/chat", () => {
	let running: Attune;
	const draft = { question: "What does total return?", attached: [], useProject: true };
	const turns = () => running.chat.sessions.current.turns;

	before(async () => {
		running = await attune();
		await open(openFile);
	});

	it("loads nothing before it is asked, and says what the shipped model is not for", async () => {
		await commands.executeCommand("attune.openChat");
		await until("the page", 20, () => running.chat.view.paintedMs !== undefined);
		equal(running.serving.state.kind, "off");
	});

	it("answers, tells what of the project the model was given, and keeps it", async function () {
		this.timeout(120_000);
		await running.chat.sessions.ask(draft);
		const [turn] = turns();
		ok(turn !== undefined && turn.answer !== "" && ["finished", "length"].includes(turn.state), JSON.stringify(turn));
		ok(turn.shown.length > 0);
		const kept = await running.chat.sessions.list();
		deepEqual(kept[0]?.turns, JSON.parse(JSON.stringify(turns())));
	});

	it("explains what is selected, and what a tool complains about", async () => {
		const editor = await open(openFile);
		editor.selection = new Selection(6, 0, 10, 1);
		await commands.executeCommand("attune.explain");
		const turn = turns().at(-1);
		deepEqual(turn?.attached[0]?.lines, [7, 11]);
		deepEqual(turn?.shown[0], { path: openFile, lines: [7, 11] });
		await commands.executeCommand("attune.explainProblem", { message: "Type 'string' is not assignable.", line: 8 });
		match(turns().at(-1)?.question ?? "", /Type 'string'/);
		ok(["finished", "length"].includes(turns().at(-1)?.state ?? ""), JSON.stringify(turns().at(-1)));
	});

	it("finds the declaration at the cursor, and symbols and files by what is typed", async function () {
		this.timeout(150_000);
		const editor = await open(openFile);
		editor.selection = new Selection(8, 2, 8, 2);
		let found = await whatToExplain();
		// The language's own service takes a while to be there.
		for (let tries = 0; tries < 100 && found.part.kind === "file"; tries++) {
			await new Promise((resolve) => setTimeout(resolve, 1_000));
			found = await whatToExplain();
		}
		deepEqual(found.part, { kind: "lines", from: 7, to: 11 });
		const names = async (query: string) =>
			(await candidates(query)).map(({ attached: { kind, name } }) => `${kind} ${name}`);
		ok((await names("cheap")).includes("symbol cheapest"));
		ok((await names("CART")).includes("file cart.ts"));
		deepEqual(await names("symbol:total"), ["symbol total"]);
		deepEqual(
			(await mentionedIn("what does #symbol:total do in #file, not in a#file?")).map(({ name }) => name),
			["total", "cart.ts"],
		);
	});

	it("finds no file where a model is shown nothing from, and the one of that name first", async () => {
		const [root] = workspace.workspaceFolders ?? [];
		ok(root !== undefined);
		const write = (path: string) => workspace.fs.writeFile(Uri.joinPath(root.uri, path), Buffer.from("export {};\n"));
		const packages = Array.from({ length: 30 }, (_, i) => `node_modules/p${i}/basket.ts`);
		await Promise.all([...packages, "Dist/basket.ts", "lib/deep/basket.ts", "lib/my-basket.ts"].map(write));
		const found = await candidates("file:basket.ts");
		deepEqual(
			found.map(({ detail }) => detail),
			["lib/deep/basket.ts", "lib/my-basket.ts"],
		);
		deepEqual(await candidates("file:ignored"), []);
		for (const path of ["node_modules", "Dist", "lib"])
			await workspace.fs.delete(Uri.joinPath(root.uri, path), { recursive: true });
	});

	it("offers that in the light bulb, where something is selected", async () => {
		const editor = await open(openFile);
		const actions = (range: Range) =>
			commands.executeCommand<readonly CodeAction[]>("vscode.executeCodeActionProvider", editor.document.uri, range);
		const titles = (await actions(new Range(6, 0, 8, 0))).map(({ title }) => title);
		ok(titles.includes("Explain with Attune"), titles.join());
		ok(!(await actions(new Range(6, 0, 6, 0))).some(({ title }) => title === "Explain with Attune"));
	});

	it("explains a problem by the quick fix that is offered for it", async () => {
		const editor = await open(openFile);
		const problems = languages.createDiagnosticCollection("test");
		const line = new Range(8, 0, 8, 10);
		problems.set(editor.document.uri, [new Diagnostic(line, "Variable 'sum' is never read.")]);
		try {
			const fixes = await commands.executeCommand<readonly CodeAction[]>(
				...(["vscode.executeCodeActionProvider", editor.document.uri, line, CodeActionKind.QuickFix.value] as const),
			);
			const [fix] = fixes.filter(({ title }) => title === "Explain with Attune: Variable 'sum' is never read.");
			ok(fix?.command !== undefined, fixes.map(({ title }) => title).join());
			const before = turns().length;
			await commands.executeCommand(fix.command.command, ...(fix.command.arguments ?? []));
			equal(turns().length, before + 1);
			const turn = turns().at(-1);
			match(turn?.question ?? "", /line 9: Variable 'sum' is never read\./);
			ok(turn?.answer !== "" && ["finished", "length"].includes(turn?.state ?? ""), JSON.stringify(turn));
		} finally {
			problems.dispose();
		}
	});

	it("does not show the model a file that is not for one, and says so", async () => {
		const folder = workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
		const attached = [{ kind: "file", file: `${folder}/keys.ts`, name: "keys.ts" } as const];
		await running.chat.sessions.ask({ ...draft, attached, useProject: false });
		deepEqual(
			turns()
				.at(-1)
				?.leftOut.map(({ path, reason }) => [path, reason]),
			[["keys.ts", "secretContent"]],
		);
		deepEqual(turns().at(-1)?.shown, []);
	});

	it("asks once more by itself when the serving process is killed while it answers", async function () {
		this.timeout(120_000);
		const asked = { ...draft, question: "Tell me everything about this project.", useProject: false };
		await running.chat.begin();
		await running.chat.sessions.ask(asked);
		const whole = turns()[0]?.answer ?? "";
		await running.chat.begin();
		const again = running.chat.sessions.ask(asked);
		await until("a word", 60, () => (turns()[0]?.answer ?? "") !== "");
		equal(turns()[0]?.state, "streaming");
		process.kill(servingPid(running), "SIGKILL");
		await again;
		// A cache that is warm rounds otherwise in the last place, so only the beginning is the same for certain.
		equal(turns().length, 1);
		equal(turns()[0]?.answer.slice(0, 8), whole.slice(0, 8));
		ok(["finished", "length"].includes(turns()[0]?.state ?? ""));
		ok((await running.chat.sessions.list()).length > 1);
	});

	it("inserts at the cursor as one step, laid out as its surroundings", async () => {
		const editor = await open(openFile);
		const before = editor.document.getText();
		editor.selection = new Selection(8, 1, 8, 1);
		await running.chat.changes.insert("if (items.length === 0)\n\treturn 0;\n");
		equal(editor.document.lineAt(8).text, "\tif (items.length === 0)");
		match(editor.document.lineAt(9).text, /^\t\treturn 0;/);
		await commands.executeCommand("undo");
		equal(editor.document.getText(), before);
	});

	it("shows a change before it makes it, as one step; discarded, nothing happens", async () => {
		const editor = await open(openFile);
		const before = editor.document.getText();
		editor.selection = new Selection(6, 0, 10, 1);
		const code = "export function total(items: readonly Item[]): number {\n\treturn 0;\n}\n";
		await running.chat.changes.preview(code, undefined);
		equal(editor.document.getText(), before);
		match(running.chat.changes.pending ?? "", /cart\.ts/);
		await commands.executeCommand("attune.discardChange");
		equal(editor.document.getText(), before);
		equal(running.chat.changes.pending, undefined);
		const shown = await open(openFile);
		shown.selection = new Selection(6, 0, 10, 1);
		await running.chat.changes.preview(code, undefined);
		await commands.executeCommand("attune.acceptChange");
		const { document } = window.activeTextEditor ?? shown;
		const lines = before.split("\n");
		equal(document.getText(), [...lines.slice(0, 6), ...code.trimEnd().split("\n"), ...lines.slice(11)].join("\n"));
		await commands.executeCommand("undo");
		equal(document.getText(), before);
	});

	it("replaces what was asked about where it stands now, and nothing that took its place", async () => {
		const editor = await open(openFile);
		const { document } = editor;
		const before = document.getText();
		const part = { kind: "selection", file: document.uri.fsPath, name: "cart.ts:7-11", lines: [7, 11] } as const;
		const turn = newTurn("1", { ...draft, attached: [asAsked(part, before)] });
		const apply = async (text: string) => {
			const shown = await open(openFile);
			await restore(shown, text);
			await document.save();
			shown.selection = new Selection(0, 0, 0, 0);
			await running.chat.changes.preview("call();\n", turn);
			await running.chat.changes.settle(true);
			return document.getText().split("\n");
		};
		const lines = before.split("\n");
		try {
			const moved = ["// one", "// two", ...lines];
			deepEqual(await apply(moved.join("\n")), [...moved.slice(0, 8), "call();", ...moved.slice(13)]);
			const other = lines.with(7, "\t// Another line.");
			deepEqual(await apply(other.join("\n")), ["call();", ...other]);
		} finally {
			await restore(await open(openFile), before);
			await document.save();
		}
	});

	it("makes no change to a file that became another one meanwhile", async () => {
		const editor = await open(openFile);
		const before = editor.document.getText();
		editor.selection = new Selection(0, 0, 0, 0);
		await running.chat.changes.preview("const one = 1;\n", undefined);
		const edit = new WorkspaceEdit();
		edit.insert(editor.document.uri, new Position(0, 0), "// more\n");
		await workspace.applyEdit(edit);
		await running.chat.changes.settle(true).then(
			() => ok(false, "it was changed"),
			(error: Error) => match(error.message, /changed/),
		);
		equal(editor.document.getText(), `// more\n${before}`);
		await restore(await open(openFile), before);
	});
});
