/** The surprise map inside open files: the lines that are unlike the rest, what of them was least expected, and what instead. */
import {
	type DecorationOptions,
	Disposable,
	l10n,
	MarkdownString,
	OverviewRulerLane,
	Range,
	type TextEditor,
	ThemeColor,
	window,
	workspace,
} from "vscode";
import { type LinesResult, surprisingLines } from "#protocol/surprise";
import type { Supervisor } from "#supervise/supervisor";
import { scoringChoice, workspaceRoots } from "../settings.ts";
import { lineHover } from "./words.ts";

/** Lines marked in a file at most. */
const most = 12;
/** Seconds for one file; what is near the visible part comes first. */
const timeLimit = 10;
/** Milliseconds without an edit after which a file is looked at anew. */
const pause = 1_000;

type Scored = Extract<LinesResult, { kind: "scored" }>;

export class LineMap {
	readonly #learner: Supervisor;
	readonly #line = window.createTextEditorDecorationType({
		...{ isWholeLine: true, backgroundColor: new ThemeColor("attune.surprisingLine") },
		overviewRulerColor: new ThemeColor("attune.surprisingPiece"),
		overviewRulerLane: OverviewRulerLane.Right,
	});
	readonly #piece = window.createTextEditorDecorationType({
		...{ borderWidth: "0 0 2px 0", borderStyle: "dotted", borderColor: new ThemeColor("attune.surprisingPiece") },
	});
	readonly #timers = new Map<string, NodeJS.Timeout>();
	readonly #marked = new Map<string, Scored>();
	#listeners: Disposable | undefined;
	/** Ends what is under way when the map is hidden. */
	#shown = new AbortController();

	constructor(learner: Supervisor) {
		this.#learner = learner;
	}

	/** What is marked, by the document's `Uri.toString()`. */
	get marked(): ReadonlyMap<string, Scored> {
		return this.#marked;
	}

	/** Marks visible files, and those that become visible, until `clear`. */
	show(): void {
		this.#listeners ??= Disposable.from(
			window.onDidChangeVisibleTextEditors((editors) => {
				for (const editor of editors) this.#soon(editor, 0);
			}),
			workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
				if (contentChanges.length === 0) return;
				for (const editor of window.visibleTextEditors) if (editor.document === document) this.#soon(editor, pause);
			}),
			workspace.onDidCloseTextDocument(({ uri }) => this.#marked.delete(uri.toString())),
		);
		for (const editor of window.visibleTextEditors) this.#soon(editor, 0);
	}

	/** Another adapter is served: it is surprised by other lines. */
	showAgain(): void {
		if (this.#listeners !== undefined) this.show();
	}

	clear(): void {
		this.#shown.abort();
		this.#shown = new AbortController();
		this.#listeners?.dispose();
		this.#listeners = undefined;
		for (const timer of this.#timers.values()) clearTimeout(timer);
		this.#timers.clear();
		this.#marked.clear();
		for (const editor of window.visibleTextEditors) this.#mark(editor, []);
	}

	dispose(): void {
		this.clear();
		this.#line.dispose();
		this.#piece.dispose();
	}

	#soon(editor: TextEditor, milliseconds: number): void {
		const { uri } = editor.document;
		if (uri.scheme !== "file") return;
		const key = uri.toString();
		clearTimeout(this.#timers.get(key));
		this.#timers.set(
			key,
			setTimeout(() => void this.#look(editor).catch(() => {}), milliseconds),
		);
	}

	/** What fails is tried again at the next change: marks are no reason to complain. */
	async #look(editor: TextEditor): Promise<void> {
		const { document } = editor;
		const { version } = document;
		const params = {
			...{ ...scoringChoice(), roots: workspaceRoots(), file: document.uri.fsPath, text: document.getText() },
			...{ near: editor.visibleRanges[0]?.start.line ?? 0, seconds: timeLimit, most },
		};
		const { signal } = this.#shown;
		const result = await this.#learner.call(surprisingLines, params, signal);
		if (signal.aborted || document.isClosed || document.version !== version) return;
		if (result.kind === "refused") return this.#mark(editor, []);
		this.#marked.set(document.uri.toString(), result);
		// Whichever editors show it now.
		for (const shown of window.visibleTextEditors)
			if (shown.document === document) this.#mark(shown, decorationsOf(result, document));
	}

	#mark(editor: TextEditor, marks: readonly Marks[]): void {
		editor.setDecorations(
			this.#line,
			marks.map(({ line }) => line),
		);
		editor.setDecorations(
			this.#piece,
			marks.map(({ piece }) => piece),
		);
	}
}

interface Marks {
	readonly line: DecorationOptions;
	readonly piece: Range;
}

function decorationsOf({ lines, bitsPerByte }: Scored, document: TextEditor["document"]): Marks[] {
	return lines.map((surprise) => {
		const { line, bits, piece } = surprise;
		const { range, text } = document.lineAt(line);
		const contentText = l10n.t("{0} bits", bits.toFixed(0));
		const after = { contentText, margin: "0 0 0 2em", color: new ThemeColor("editorCodeLens.foreground") };
		const hoverMessage = new MarkdownString(lineHover(surprise, bitsPerByte, text));
		return {
			line: { range, hoverMessage, renderOptions: { after } },
			piece: new Range(line, piece.from, line, piece.to),
		};
	});
}
