/** The extension as it runs in the editor around the tests. */
import { ok } from "node:assert/strict";
import { join } from "node:path";
import {
	CancellationTokenSource,
	commands,
	extensions,
	type InlineCompletionContext,
	type InlineCompletionItem,
	InlineCompletionTriggerKind,
	Position,
	Range,
	Selection,
	type TextDocument,
	type TextEditor,
	Uri,
	ViewColumn,
	window,
	workspace,
} from "vscode";
import type { Attune } from "#editor/activate";
import type { AdaptResult } from "#protocol/learning";

export async function attune(): Promise<Attune> {
	const extension = extensions.getExtension<Attune>("attune.attune");
	ok(extension !== undefined, "the extension is not there");
	return await extension.activate();
}

/** Shown in place of what is there, or in another column. */
export async function open(name: string, viewColumn = ViewColumn.Active): Promise<TextEditor> {
	const folder = workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
	return await window.showTextDocument(Uri.file(join(folder, name)), { viewColumn });
}

/** What the extension offers there, asked for as the editor does while somebody types. */
export async function askFor(
	{ completions }: Attune,
	document: TextDocument,
	at: Position,
	context: Partial<InlineCompletionContext> = {},
): Promise<InlineCompletionItem[] | undefined> {
	const typing = { triggerKind: InlineCompletionTriggerKind.Automatic, selectedCompletionInfo: undefined };
	const { token } = new CancellationTokenSource();
	return await completions.provideInlineCompletionItems(document, at, { ...typing, ...context } as never, token);
}

/** Puts `text` at the end of the document, the cursor behind it, and returns the cursor's place. */
export async function typeAtEnd(editor: TextEditor, text: string): Promise<Position> {
	const { document } = editor;
	const end = document.lineAt(document.lineCount - 1).range.end;
	await editor.edit((edit) => edit.insert(end, text));
	const cursor = document.lineAt(document.lineCount - 1).range.end;
	editor.selection = new Selection(cursor, cursor);
	return cursor;
}

/** A key after the other, at the cursor. */
export async function typeKeys(keys: string, pause = 60): Promise<void> {
	for (const key of keys) {
		await commands.executeCommand("type", { text: key });
		await new Promise((resolve) => setTimeout(resolve, pause));
	}
}

/** The document as it was opened. */
export async function restore(editor: TextEditor, text: string): Promise<void> {
	const { document } = editor;
	const all = new Range(new Position(0, 0), document.lineAt(document.lineCount - 1).range.end);
	await editor.edit((edit) => edit.replace(all, text));
}

/** Resolves when `holds` does; fails with `what` after `seconds`, and with what was `seen` instead. */
export async function until(what: string, seconds: number, holds: () => boolean, seen?: () => unknown): Promise<void> {
	const end = performance.now() + seconds * 1000;
	while (!holds()) {
		if (performance.now() > end) {
			const instead = seen === undefined ? "" : `, but ${JSON.stringify(seen())}`;
			throw new Error(`not within ${seconds} s: ${what}${instead}`);
		}
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** Adapts to the workspace, agreeing to what is asked before the first run. */
export async function adaptAgreeing({ adaptation }: Attune): Promise<AdaptResult> {
	let ended = false;
	const run = commands.executeCommand<AdaptResult | undefined>("attune.adapt").then((result) => {
		ended = true;
		return result;
	});
	while (adaptation.learning === undefined && !ended) {
		await new Promise((resolve) => setTimeout(resolve, 500));
		await commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
	}
	const result = await run;
	ok(result !== undefined, "nothing was learned");
	return result;
}

export function servingPid({ serving }: Attune): number {
	const { state } = serving.supervisor;
	ok(state.kind === "running" && state.pid !== undefined, `the serving process is ${state.kind}`);
	return state.pid;
}
