/** Files that changed and are not learned yet. */
import { type Disposable, type Uri, workspace } from "vscode";

/** More at once, a switch of branches for one, and the whole workspace is looked through instead. */
const most = 500;
/** Milliseconds without a change after which changes are told: one save is seen more than once. */
const pause = 1_000;

export class ChangedFiles {
	readonly #changed: () => void;
	readonly #paths = new Set<string>();
	#watching: Disposable[] = [];
	#timer: NodeJS.Timeout | undefined;
	/** What changed while nobody looked is found by looking at everything. */
	#everything = true;

	/** `changed` is called after changes while they are followed. */
	constructor(changed: () => void) {
		this.#changed = changed;
	}

	get any(): boolean {
		return this.#everything || this.#paths.size > 0;
	}

	follow(on: boolean): void {
		if (on === this.#watching.length > 0) return;
		for (const part of this.#watching) part.dispose();
		this.#watching = [];
		if (!on) this.#everything = true;
		if (!on) return;
		const watcher = workspace.createFileSystemWatcher("**/*", false, false, true);
		const add = (uri: Uri) => this.#add(uri);
		const saved = workspace.onDidSaveTextDocument(({ uri }) => add(uri));
		this.#watching = [watcher, watcher.onDidCreate(add), watcher.onDidChange(add), saved];
	}

	/** Everything has to be looked at. */
	all(): void {
		this.#everything = true;
	}

	/** Null: all of the workspace. */
	take(): readonly string[] | null {
		const files = this.#everything ? null : [...this.#paths];
		this.#everything = false;
		this.#paths.clear();
		return files;
	}

	/** They were taken, but not learned. */
	giveBack(files: readonly string[] | null): void {
		if (files === null) this.#everything = true;
		else for (const path of files) this.#paths.add(path);
	}

	dispose(): void {
		clearTimeout(this.#timer);
		for (const part of this.#watching) part.dispose();
	}

	#add(uri: Uri): void {
		if (uri.scheme !== "file") return;
		this.#paths.add(uri.fsPath);
		if (this.#paths.size > most) {
			this.#paths.clear();
			this.#everything = true;
		}
		clearTimeout(this.#timer);
		this.#timer = setTimeout(this.#changed, pause);
	}
}
