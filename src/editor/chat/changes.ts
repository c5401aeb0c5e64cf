/** Code of answers on its way into files: inserted where the cursor is, or shown as a difference first. Always one step to undo. */
import {
	commands,
	Disposable,
	type DocumentSymbol,
	EventEmitter,
	l10n,
	Position,
	Range,
	TabInputTextDiff,
	type TextDocument,
	type TextEditor,
	Uri,
	ViewColumn,
	WorkspaceEdit,
	window,
	workspace,
} from "vscode";
import { AttuneError } from "#base/errors";
import type { Turn } from "#protocol/chatPage";
import { whereNow } from "./asked.ts";
import { documentSymbols } from "./mentions.ts";
import { type Declared, indented, type Lines, placeOf } from "./place.ts";

const scheme = "attune-change";

/** A change that is shown and not made. */
interface Pending {
	readonly document: Uri;
	/** Of the document that it was made for. */
	readonly version: number;
	readonly range: Range;
	readonly text: string;
	readonly preview: Uri;
}

export class ChatChanges {
	readonly #changed = new EventEmitter<void>();
	readonly #previews = new Map<string, string>();
	readonly #listeners: Disposable;
	#pending: Pending | undefined;
	#count = 0;

	constructor() {
		this.#listeners = Disposable.from(
			workspace.registerTextDocumentContentProvider(scheme, {
				provideTextDocumentContent: (uri) => this.#previews.get(uri.query) ?? "",
			}),
			// Who closes the difference has decided against it.
			window.tabGroups.onDidChangeTabs(({ closed }) => {
				if (closed.some(({ input }) => this.#isPreview(input))) this.#forget();
			}),
		);
	}

	get onChange() {
		return this.#changed.event;
	}

	/** Where a change waits for a decision. */
	get pending(): string | undefined {
		return this.#pending === undefined ? undefined : workspace.asRelativePath(this.#pending.document);
	}

	/** At the cursor, in place of what is selected. */
	async insert(text: string): Promise<void> {
		const editor = editorOrThrow();
		const { document, selection } = editor;
		const line = document.lineAt(selection.start.line).text;
		const before = line.slice(0, selection.start.character);
		// A whole line's place takes the code as it is laid out; within a line it goes on from there.
		const indent = /^\s*/.exec(line)?.[0] ?? "";
		const laidOut = indented(text, indent);
		const inserted = before.trim() === "" ? laidOut.slice(commonLength(before, laidOut)) : laidOut.trimStart();
		await editor.edit((edit) => edit.replace(selection, inserted), { undoStopBefore: true, undoStopAfter: true });
		await window.showTextDocument(document, editor.viewColumn ?? ViewColumn.One);
	}

	/** Shows what the file would be with the code in its place; `settle` makes the change. */
	async preview(code: string, turn: Turn | undefined): Promise<void> {
		await this.#drop();
		const editor = await editorFor(turn);
		const { document } = editor;
		const placed = placeOf(code, {
			lines: document.getText().split(/\r?\n/),
			selection: linesOf(editor),
			asked: askedLines(document, turn),
			symbols: declared(await documentSymbols(document.uri)),
		});
		const range = rangeOf(document, placed);
		const text = `${placed.text}${placed.to > placed.from && placed.to >= document.lineCount ? "" : "\n"}`;
		const preview = Uri.from({ scheme, path: document.uri.path, query: String(++this.#count) });
		const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
		const whole = document.getText();
		this.#previews.set(preview.query, whole.slice(0, start) + text + whole.slice(end));
		this.#pending = { document: document.uri, version: document.version, range, text, preview };
		const title = l10n.t("{0}: what the answer would change", workspace.asRelativePath(document.uri));
		await commands.executeCommand("vscode.diff", document.uri, preview, title, { preview: true });
		this.#changed.fire();
	}

	/** Makes the change that is shown, as one step, or drops it; the file is shown again. */
	async settle(accept: boolean): Promise<void> {
		const pending = await this.#drop();
		if (pending === undefined) return;
		const document = await workspace.openTextDocument(pending.document);
		const editor = await window.showTextDocument(document);
		if (!accept) return;
		if (document.version !== pending.version)
			throw new AttuneError("workspace", l10n.t("the file changed while the difference was shown"), {
				remedy: l10n.t("Nothing was changed; apply the answer again."),
			});
		const edit = new WorkspaceEdit();
		edit.replace(pending.document, pending.range, pending.text);
		await workspace.applyEdit(edit);
		editor.revealRange(pending.range);
	}

	dispose(): void {
		this.#listeners.dispose();
		this.#changed.dispose();
	}

	/** Closes the difference; gives back what it showed. */
	async #drop(): Promise<Pending | undefined> {
		const pending = this.#pending;
		if (pending === undefined) return undefined;
		this.#forget();
		await closePreview(pending.preview);
		return pending;
	}

	#isPreview(input: unknown): boolean {
		return input instanceof TabInputTextDiff && input.modified.toString() === this.#pending?.preview.toString();
	}

	#forget(): void {
		if (this.#pending !== undefined) this.#previews.delete(this.#pending.preview.query);
		this.#pending = undefined;
		this.#changed.fire();
	}
}

function editorOrThrow(): TextEditor {
	const editor =
		window.activeTextEditor ?? window.visibleTextEditors.find(({ document }) => document.uri.scheme === "file");
	if (editor !== undefined) return editor;
	throw new AttuneError("usage", l10n.t("no file is open to put this in"), { remedy: l10n.t("Open one first.") });
}

/** The file that is open; else the one that the question was about. */
async function editorFor(turn: Turn | undefined): Promise<TextEditor> {
	const file = turn?.attached[0]?.file;
	const active = window.activeTextEditor;
	if (file === undefined || active?.document.uri.scheme === "file") return editorOrThrow();
	return await window.showTextDocument(Uri.file(file));
}

function linesOf({ selection }: TextEditor): Lines {
	const { start, end } = selection;
	if (selection.isEmpty) return { from: start.line, to: start.line };
	return { from: start.line, to: end.character === 0 ? end.line : end.line + 1 };
}

/** Certain only while they are what was asked about. */
function askedLines(document: TextDocument, turn: Turn | undefined): Lines | undefined {
	const part = turn?.attached.find(({ file, kind }) => kind !== "file" && file === document.uri.fsPath);
	return part === undefined ? undefined : whereNow(part, document.getText());
}

function declared(symbols: readonly DocumentSymbol[]): Declared[] {
	return symbols.flatMap(({ name, range, children }) => [
		{ name, from: range.start.line, to: range.end.line + 1 },
		...declared(children),
	]);
}

function rangeOf(document: TextDocument, { from, to }: Lines): Range {
	if (to < document.lineCount || to === from) return new Range(from, 0, to, 0);
	const last = document.lineAt(document.lineCount - 1).range.end;
	return new Range(new Position(from, 0), last);
}

async function closePreview(preview: Uri): Promise<void> {
	const tabs = window.tabGroups.all.flatMap((group) => group.tabs);
	const shown = tabs.filter(
		({ input }) => input instanceof TabInputTextDiff && input.modified.toString() === preview.toString(),
	);
	await window.tabGroups.close(shown);
}

function commonLength(a: string, b: string): number {
	let length = 0;
	while (length < a.length && a[length] === b[length]) length++;
	return length;
}
