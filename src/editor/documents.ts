/** Which open documents the model may see, and telling the serving process about them. It judges; the editor sends nothing it refused. */
import { basename } from "node:path";
import { Disposable, type TextDocument, type TextEditor, window, workspace } from "vscode";
import { filesKnown, foldersUsed, visited } from "#protocol/serving";
import { mayRead, type Readable } from "#protocol/workspace";
import type { Serving } from "./serving.ts";
import { workspaceRoots } from "./settings.ts";

/** Milliseconds without an edit after which a document is judged and told anew. */
const pause = 500;
/** UTF-16 units; the policy's own bound is lower for most files. */
const longest = 2 ** 20;

export class Documents {
	readonly #serving: Serving;
	readonly #verdicts = new Map<string, Promise<Readable>>();
	readonly #told = new Map<string, string>();
	readonly #timers = new Map<string, NodeJS.Timeout>();
	readonly #listeners: Disposable;

	constructor(serving: Serving) {
		this.#serving = serving;
		this.#listeners = Disposable.from(
			serving.onLoaded(() => this.#tellAll()),
			workspace.onDidOpenTextDocument((document) => this.#soon(document)),
			workspace.onDidChangeTextDocument(({ document }) => this.#soon(document)),
			workspace.onDidSaveTextDocument((document) => this.#saved(document)),
			workspace.onDidCloseTextDocument((document) => this.#closed(document)),
			workspace.onDidChangeWorkspaceFolders(() => this.#tellAll()),
			window.onDidChangeTextEditorSelection(({ textEditor }) => this.#visit(textEditor)),
		);
	}

	/** As last judged; a document seen for the first time is judged now. Edits are judged when they pause. */
	readable(document: TextDocument): Promise<Readable> {
		const key = document.uri.toString();
		const known = this.#verdicts.get(key);
		if (known !== undefined) return known;
		const verdict = this.#judge(document);
		this.#verdicts.set(key, verdict);
		verdict.catch(() => this.#verdicts.delete(key));
		return verdict;
	}

	dispose(): void {
		this.#listeners.dispose();
		for (const timer of this.#timers.values()) clearTimeout(timer);
	}

	async #judge(document: TextDocument): Promise<Readable> {
		const text = document.getText();
		if (document.uri.scheme !== "file") return { kind: "refused", reason: "special" };
		if (text.length > longest) return { kind: "refused", reason: "tooLarge" };
		return await this.#serving.supervisor.call(mayRead, {
			roots: workspaceRoots(),
			file: document.uri.fsPath,
			text,
		});
	}

	#tellAll(): void {
		this.#verdicts.clear();
		this.#told.clear();
		this.#serving.supervisor.tell(foldersUsed, { roots: workspaceRoots() });
		for (const document of workspace.textDocuments) this.#tell(document).catch(() => {});
	}

	#soon(document: TextDocument): void {
		const key = document.uri.toString();
		if (document.uri.scheme !== "file") return;
		clearTimeout(this.#timers.get(key));
		const timer = setTimeout(() => {
			this.#timers.delete(key);
			this.#verdicts.delete(key);
			this.#tell(document).catch(() => {});
		}, pause);
		this.#timers.set(key, timer);
	}

	/** Changed rules count for every document. */
	#saved(document: TextDocument): void {
		if ([".gitignore", ".attuneignore"].includes(basename(document.uri.fsPath))) this.#tellAll();
	}

	async #tell(document: TextDocument): Promise<void> {
		if (document.uri.scheme !== "file" || this.#serving.state.kind !== "ready" || document.isClosed) return;
		const key = document.uri.toString();
		const verdict = await this.readable(document);
		if (verdict.kind === "refused") return this.#gone(key);
		const file = { path: verdict.path, text: document.getText(), open: true };
		this.#told.set(key, verdict.path);
		this.#serving.supervisor.tell(filesKnown, [{ kind: "file", file }]);
	}

	#closed(document: TextDocument): void {
		const key = document.uri.toString();
		clearTimeout(this.#timers.get(key));
		this.#timers.delete(key);
		this.#verdicts.delete(key);
		this.#gone(key);
	}

	#gone(key: string): void {
		const path = this.#told.get(key);
		if (path === undefined) return;
		this.#told.delete(key);
		this.#serving.supervisor.tell(filesKnown, [{ kind: "gone", path }]);
	}

	#visit({ document, selection }: TextEditor): void {
		const path = this.#told.get(document.uri.toString());
		if (path !== undefined) this.#serving.supervisor.tell(visited, { path, line: selection.active.line });
	}
}
