/** Questions to the serving process, which knows the workspace before it is asked the first one and hears of its changes. */
import { type Disposable, type Uri, workspace } from "vscode";
import type { CallOptions } from "#protocol/connection";
import {
	type Asked,
	type AskParams,
	type AskPart,
	ask,
	type Explained,
	type ExplainParams,
	type ExplainPart,
	explain,
	useWorkspace,
	workspaceChanged,
} from "#protocol/talking";
import type { Serving } from "../serving.ts";
import { workspaceRoots } from "../settings.ts";
import type { Talker } from "./sessions.ts";

/** Milliseconds in which changes of files are gathered. */
const pause = 300;

export class ServingTalker implements Talker {
	readonly #serving: Serving;
	readonly #listeners: Disposable[];
	/** Of the process that runs now. */
	#told: Promise<unknown> | undefined;
	#watching = false;
	#changed = new Set<string>();
	#timer: NodeJS.Timeout | undefined;

	constructor(serving: Serving) {
		this.#serving = serving;
		const forget = () => {
			this.#told = undefined;
		};
		this.#listeners = [serving.onLoaded(forget), workspace.onDidChangeWorkspaceFolders(forget)];
	}

	async ask(params: AskParams, options: CallOptions<AskPart>): Promise<Asked> {
		await this.#ready();
		return await this.#serving.supervisor.callStream(ask, params, options);
	}

	async explain(params: ExplainParams, options: CallOptions<ExplainPart>): Promise<Explained> {
		await this.#ready();
		return await this.#serving.supervisor.callStream(explain, params, options);
	}

	textOf(file: string): string | undefined {
		const open = workspace.textDocuments.find(({ uri }) => uri.scheme === "file" && uri.fsPath === file);
		return open?.isDirty === true ? open.getText() : undefined;
	}

	dispose(): void {
		clearTimeout(this.#timer);
		for (const listener of this.#listeners) listener.dispose();
	}

	/** The call is answered when all is indexed; a question waits for that only if it looks things up. */
	async #ready(): Promise<void> {
		await this.#serving.ready();
		const roots = workspaceRoots();
		if (roots.length === 0) return;
		this.#watch();
		this.#told ??= this.#serving.supervisor.call(useWorkspace, { roots });
		// Whoever asks next tries again.
		this.#told.catch(() => {
			this.#told = undefined;
		});
	}

	#watch(): void {
		if (this.#watching) return;
		this.#watching = true;
		const watcher = workspace.createFileSystemWatcher("**/*");
		const note = (uri: Uri) => this.#note(uri);
		this.#listeners.push(watcher, watcher.onDidChange(note), watcher.onDidCreate(note), watcher.onDidDelete(note));
	}

	#note({ scheme, fsPath }: Uri): void {
		if (scheme !== "file") return;
		this.#changed.add(fsPath);
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			const paths = [...this.#changed];
			this.#changed = new Set();
			this.#serving.supervisor.tell(workspaceChanged, paths);
		}, pause);
	}
}
