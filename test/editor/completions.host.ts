/** Suggestions inside a real editor, from the process that writes them. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import {
	CancellationTokenSource,
	commands,
	type InlineCompletionContext,
	InlineCompletionTriggerKind,
	type Position,
	Range,
	type TextEditor,
	workspace,
} from "vscode";
import type { Attune } from "#editor/activate";
import { lastPrompt, servingStatus } from "#protocol/serving";
import { openFile } from "#test/editor/project";
import { askFor, attune, open, restore, servingPid, typeAtEnd, typeKeys, until } from "#test/editor/running";

/** The model goes on from here by several lines. */
const several = "/** The dearest item. */\n";
const beginning = "export function average(items: readonly Item[]): number {\n\treturn ";

describe("editor/completions", () => {
	let running: Attune;
	let editor: TextEditor;
	let text: string;
	const ask = (at: Position, context: Partial<InlineCompletionContext> = {}, on: TextEditor = editor) =>
		askFor(running, on.document, at, context);
	const set = (name: string, value: unknown) => workspace.getConfiguration("attune").update(name, value, true);
	const label = () => running.statusBar.item.accessibilityInformation?.label ?? "";

	/** The editor's own requests would supersede those of the tests. */
	const editorAsks = (on: boolean) => workspace.getConfiguration("editor").update("inlineSuggest.enabled", on, true);

	before(async () => {
		running = await attune();
		equal(running.serving.state.kind, "off", "something was loaded before anybody asked");
		editor = await open(openFile);
		text = editor.document.getText();
		await editorAsks(false);
	});
	after(() => editorAsks(true));
	afterEach(() => restore(editor, text));

	it("counts its bundle's evaluation as part of its activation, and loads nothing", () => {
		ok(running.loadingMs > 0 && running.activationMs > running.loadingMs, `${running.loadingMs} ms`);
		match(label(), /^Attune, no model loaded yet$/);
	});

	it("offers what the model writes at the cursor, and starts the process for it", async () => {
		const cursor = await typeAtEnd(editor, beginning);
		const labels = new Set<string>();
		const listener = running.serving.onState(() => labels.add(label()));
		const [item] = (await ask(cursor)) ?? [];
		listener.dispose();
		ok(item !== undefined, JSON.stringify(running.tally.counts));
		deepEqual(
			[...labels],
			["Attune, no model loaded yet, loading", "Attune, model starter, not adapted to this workspace"],
		);
		match(running.statusBar.item.text, /Attune: starter$/);
		ok(typeof item.insertText === "string" && item.insertText.length > 0);
		ok(item.range?.start.isEqual(cursor));
		const { state } = running.serving;
		ok(state.kind === "ready" && state.resident.infilling && state.resident.adapter === null);
	});

	it("shows the model a closed file that the open one imports", async () => {
		const { supervisor } = running.serving;
		await ask(await typeAtEnd(editor, 'import { split } from "./split.ts";\n\nexport const parts = '));
		while ((await supervisor.call(servingStatus, null)).importedFiles === 0);
		await ask(await typeAtEnd(editor, "split("));
		const prompt = await supervisor.call(lastPrompt, null);
		ok(prompt?.text.includes("<|file_sep|>split.ts\n"), prompt?.text.slice(0, 300));
	});

	it("is taken by the editor's own command, and counted", async () => {
		const { accepted } = running.tally.counts;
		await editorAsks(true);
		await typeAtEnd(editor, beginning);
		const typed = editor.document.getText();
		await commands.executeCommand("editor.action.inlineSuggest.trigger");
		const end = performance.now() + 20_000;
		while (editor.document.getText() === typed && performance.now() < end) {
			await commands.executeCommand("editor.action.inlineSuggest.commit");
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		ok(editor.document.getText().startsWith(typed) && editor.document.getText().length > typed.length);
		await until("the count", 5, () => running.tally.counts.accepted === accepted + 1);
		await editorAsks(false);
	});

	for (const part of ["Word", "Line"])
		it(`is taken by the ${part.toLowerCase()} by the editor's own command, and counted once all of it is`, async () => {
			const { accepted } = running.tally.counts;
			await editorAsks(true);
			await typeAtEnd(editor, part === "Word" ? beginning : several);
			const typed = editor.document.getText();
			await commands.executeCommand("editor.action.inlineSuggest.trigger");
			const press = async (command: string, length: number) => {
				const end = performance.now() + 30_000;
				while (editor.document.getText().length <= length && performance.now() < end) {
					await commands.executeCommand(`editor.action.inlineSuggest.${command}`);
					await new Promise((resolve) => setTimeout(resolve, 100));
				}
				return editor.document.getText();
			};
			const taken = await press(`acceptNext${part}`, typed.length);
			ok(taken.startsWith(typed) && taken.length > typed.length, "nothing was taken");
			equal(running.tally.counts.accepted, accepted, "a part counts as all");
			const all = await press("commit", taken.length);
			ok(all.startsWith(taken) && all.length > taken.length, "the rest was not taken");
			await until("the count", 5, () => running.tally.counts.accepted > accepted);
			await editorAsks(false);
		});

	it("gives several when asked by hand", async () => {
		let most = 0;
		// Where a model is sure it writes the same each time.
		for (const open of [beginning, "\nconst ", "\nexport function "]) {
			const cursor = await typeAtEnd(editor, open);
			const items = (await ask(cursor, { triggerKind: InlineCompletionTriggerKind.Invoke })) ?? [];
			equal(new Set(items.map((item) => item.insertText)).size, items.length);
			most = Math.max(most, items.length);
		}
		ok(most > 1, `${most} items, ${JSON.stringify(running.tally.counts)}`);
	});

	it("goes on from the item chosen in the editor's list, in its place, or is silent", async () => {
		let answers = 0;
		// The model has something to add to each.
		for (const [before, begun, chosen] of [
			["items.", "le", "length"],
			["", "tot", "total"],
			["cheapest(", "ite", "items"],
		] as const) {
			const at = await typeAtEnd(editor, beginning + before + begun);
			const range = new Range(at.translate(0, -begun.length), at);
			const [item] = (await ask(at, { selectedCompletionInfo: { range, text: chosen } })) ?? [];
			await restore(editor, text);
			if (item === undefined) continue;
			answers++;
			ok(String(item.insertText).startsWith(chosen) && String(item.insertText).length > chosen.length);
			ok(item.range?.start.isEqual(range.start));
		}
		ok(answers > 0, JSON.stringify(running.tally.counts));
		const cursor = await typeAtEnd(editor, `${beginning}items.le`);
		const range = new Range(cursor.translate(0, -2), cursor);
		equal(await ask(cursor, { selectedCompletionInfo: { range, text: "forEach" } }), undefined);
		ok((running.tally.counts.silences["selectionNotExtendable"] ?? 0) > 0);
	});

	it("never shows the model a file that is ignored or holds a secret", async () => {
		for (const name of ["ignored.ts", "keys.ts"]) {
			const refused = await open(name);
			const { fileNotAllowed = 0 } = running.tally.counts.silences;
			equal(await ask(refused.document.lineAt(0).range.end, {}, refused), undefined, name);
			equal(running.tally.counts.silences["fileNotAllowed"], fileNotAllowed + 1, name);
		}
		editor = await open(openFile);
	});

	it("stops where the editor does", async () => {
		const cursor = await typeAtEnd(editor, beginning);
		const source = new CancellationTokenSource();
		const context = { triggerKind: InlineCompletionTriggerKind.Automatic, selectedCompletionInfo: undefined };
		const asked = running.completions.provideInlineCompletionItems(editor.document, cursor, context, source.token);
		source.cancel();
		equal(await asked, undefined);
	});

	it("keeps to the line where the user wants that", async () => {
		const lines = async () => {
			const [item] = (await ask(await typeAtEnd(editor, several))) ?? [];
			ok(item !== undefined, JSON.stringify(running.tally.counts));
			await restore(editor, text);
			return String(item.insertText).trimEnd().split("\n").length;
		};
		ok((await lines()) > 1, "there is nothing to be kept from");
		await set("completions.oneLine", true);
		equal(await lines(), 1);
		await set("completions.oneLine", undefined);
	});

	it("keeps out of comments where the user wants that", async () => {
		await set("completions.inComments", false);
		equal(await ask(await typeAtEnd(editor, "\n// The ")), undefined);
		ok((running.tally.counts.silences["inComment"] ?? 0) > 0);
		await set("completions.inComments", undefined);
	});

	it("comes back after a kill -9, with what it knew of open files", async () => {
		const pid = servingPid(running);
		process.kill(pid, "SIGKILL");
		await until("another process", 20, () => {
			const { state } = running.serving;
			return state.kind === "ready" && servingPid(running) !== pid;
		});
		const cursor = await typeAtEnd(editor, beginning);
		ok(((await ask(cursor)) ?? []).length > 0, JSON.stringify(running.tally.counts));
	});

	it("loses no key when its process is killed in the midst of typing, and suggests again after", async () => {
		await editorAsks(true);
		await typeAtEnd(editor, "\n");
		const before = editor.document.getText();
		const pid = servingPid(running);
		const keys = "const subtotal = total(items";
		await typeKeys(keys.slice(0, 10));
		process.kill(pid, "SIGKILL");
		await typeKeys(keys.slice(10));
		await editorAsks(false);
		const typed = editor.document.getText();
		// Editors close what is opened.
		ok(typed.startsWith(`${before}${keys}`), typed.slice(before.length));
		await until("another process", 30, () => {
			const { state } = running.serving;
			return state.kind === "ready" && servingPid(running) !== pid;
		});
		ok(((await ask(await typeAtEnd(editor, `\n${beginning}`))) ?? []).length > 0, JSON.stringify(running.tally.counts));
	});

	it("starts afresh at the user's wish", async () => {
		const pid = servingPid(running);
		await commands.executeCommand("attune.restart");
		equal(running.serving.state.kind, "ready");
		ok(servingPid(running) !== pid);
	});

	it("starts afresh while it loads, and calls nothing failed that was only replaced", async () => {
		const kinds: string[] = [];
		const heard = running.serving.onState(({ kind }) => kinds.push(kind));
		try {
			const restarts = ["first", "second"].map(async () => await commands.executeCommand("attune.restart"));
			await until("the first load", 30, () => kinds.includes("loading"));
			const changed = running.serving.changed();
			await Promise.all([...restarts, commands.executeCommand("attune.restart"), changed]);
		} finally {
			heard.dispose();
		}
		equal(running.serving.state.kind, "ready");
		ok(!kinds.includes("failed"), kinds.join(" "));
		equal(kinds.at(-1), "ready");
	});

	it("tells what became of suggestions, on a page", async () => {
		await commands.executeCommand("attune.showCounts");
		const page = running.pages.text("Suggestions") ?? "";
		const { accepted, silences } = running.tally.counts;
		match(page, /shown \| \d+ /);
		match(page, new RegExp(`taken \\| ${accepted} \\(\\d+ %\\)`));
		equal((silences["inComment"] ?? 0) > 0, page.includes("in a comment, and comments are turned off"));
		editor = await open(openFile);
	});
});
