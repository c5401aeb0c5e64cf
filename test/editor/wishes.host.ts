/** Suggestions only when and where the user wants them, inside a real editor. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
	ConfigurationTarget,
	commands,
	type InlineCompletionContext,
	InlineCompletionTriggerKind,
	type Position,
	type TextDocument,
	type TextEditor,
	workspace,
} from "vscode";
import type { Attune } from "#editor/activate";
import { openFile } from "#test/editor/project";
import { askFor, attune, open, restore, typeAtEnd } from "#test/editor/running";

const beginning = "export function average(items: readonly Item[]): number {\n\treturn ";

describe("editor/wishes", () => {
	let running: Attune;
	let editor: TextEditor;
	let text: string;
	const ask = (at: Position, context: Partial<InlineCompletionContext> = {}, on: TextDocument = editor.document) =>
		askFor(running, on, at, context);
	const set = (name: string, value: unknown, language = false) =>
		workspace
			.getConfiguration("attune", language ? { languageId: "typescript" } : undefined)
			.update(name, value, ConfigurationTarget.Global, language);

	const label = () => running.statusBar.item.accessibilityInformation?.label ?? "";

	before(async () => {
		running = await attune();
		editor = await open(openFile);
		text = editor.document.getText();
		// The editor's own requests would supersede those of the tests.
		await workspace.getConfiguration("editor").update("inlineSuggest.enabled", false, true);
		await running.serving.ready();
	});
	after(() => workspace.getConfiguration("editor").update("inlineSuggest.enabled", true, true));
	afterEach(() => restore(editor, text));

	it("is quiet in a document that lies nowhere, and says so", async () => {
		const document = await workspace.openTextDocument({ language: "typescript", content: beginning });
		const silences = () => running.tally.counts.silences["notOnDisk"] ?? 0;
		const before = silences();
		const invoked = { triggerKind: InlineCompletionTriggerKind.Invoke };
		equal(await ask(document.positionAt(beginning.length), invoked, document), undefined);
		equal(silences(), before + 1);
	});

	it("is quiet in manual mode, switched off for a language, and while it is snoozed", async () => {
		const cursor = await typeAtEnd(editor, beginning);
		const requests = () => running.tally.counts;
		const before = requests();
		await set("completions.mode", "manual");
		equal(await ask(cursor), undefined);
		ok((await ask(cursor, { triggerKind: InlineCompletionTriggerKind.Invoke })) !== undefined);
		await set("completions.mode", undefined);
		await commands.executeCommand("attune.toggleLanguage");
		equal(await ask(cursor, { triggerKind: InlineCompletionTriggerKind.Invoke }), undefined);
		await commands.executeCommand("attune.toggleLanguage");
		await commands.executeCommand("attune.snooze", 1);
		equal(await ask(cursor), undefined);
		match(label(), /^Attune, model starter, .*, snoozed$/);
		match(running.statusBar.item.text, /snoozed/);
		await commands.executeCommand("attune.snooze", 0);
		ok(!label().includes("snoozed"));
		const times = (reason: string) => before.silences[reason] ?? 0;
		deepEqual(requests().silences, {
			...{ ...before.silences, onlyByHand: times("onlyByHand") + 1 },
			...{ switchedOff: times("switchedOff") + 1, snoozed: times("snoozed") + 1 },
		});
		ok((await ask(cursor)) !== undefined, JSON.stringify(requests()));
	});

	it("is switched off for one language alone, or on where all others are off", async () => {
		const file = join(editor.document.uri.fsPath, "..", "basket.js");
		writeFileSync(file, "export function price(item) {\n\treturn ");
		const document = await workspace.openTextDocument(file);
		const place = document.lineAt(document.lineCount - 1).range.end;
		const cursor = await typeAtEnd(editor, beginning);
		const offIn = async (at: Position, on: TextDocument) => {
			const { switchedOff: before = 0 } = running.tally.counts.silences;
			const items = await ask(at, {}, on);
			const { switchedOff: after = 0 } = running.tally.counts.silences;
			equal(after > before && items !== undefined, false);
			return after > before;
		};
		const off = async () => [await offIn(cursor, editor.document), await offIn(place, document)];
		const toggle = async () => await commands.executeCommand("attune.toggleLanguage");
		try {
			deepEqual(await off(), [false, false]);
			await toggle();
			deepEqual(await off(), [true, false]);
			await toggle();
			deepEqual(await off(), [false, false]);
			await set("completions.mode", "off");
			deepEqual(await off(), [true, true]);
			await toggle();
			deepEqual(await off(), [false, true]);
			ok((await ask(cursor)) !== undefined, JSON.stringify(running.tally.counts));
			await toggle();
			deepEqual(await off(), [true, true]);
		} finally {
			await set("completions.mode", undefined);
			await set("completions.mode", undefined, true);
			rmSync(file);
		}
	});
});
