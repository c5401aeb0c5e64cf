/** The surprise map in the Explorer: a badge on every file that was scored, kept up with the files' changes until it is hidden. */
import {
	EventEmitter,
	FileDecoration,
	type FileDecorationProvider,
	l10n,
	ProgressLocation,
	ThemeColor,
	Uri,
	window,
	workspace,
} from "vscode";
import { medianOf } from "#base/median";
import { type FileSurprise, type MapPart, type MapResult, mapSurprise } from "#protocol/surprise";
import type { Supervisor } from "#supervise/supervisor";
import { signalOf } from "../completions.ts";
import { isCancelled, type Notices } from "../notices.ts";
import { scoringChoice, workspaceRoots } from "../settings.ts";
import { percent } from "../words.ts";
import { badgeOf, fileTooltip, levelOf } from "./words.ts";

/** Seconds that drawing the map may take; what was scored is known the next time, so that it goes on from there. */
const timeLimit = 120;
/** Milliseconds without a change of a file after which changed ones are scored again. */
const pause = 1_000;
/** Changed files scored again at once: a switch of branches is none of the map's business. */
const mostAgain = 100;
const redrawEvery = 250;

export class FileMap implements FileDecorationProvider {
	readonly #learner: Supervisor;
	readonly #notices: Notices;
	readonly #redraw = new EventEmitter<Uri[] | undefined>();
	readonly #files = new Map<string, FileSurprise>();
	readonly #changed = new Set<string>();
	readonly #provider = window.registerFileDecorationProvider(this);
	#watching: { dispose(): void } | undefined;
	#timer: NodeJS.Timeout | undefined;
	#median = 0;
	#drawing = false;
	/** Ends what is being scored when the map is hidden. */
	#shown = new AbortController();

	constructor(learner: Supervisor, notices: Notices) {
		this.#learner = learner;
		this.#notices = notices;
	}

	get onDidChangeFileDecorations() {
		return this.#redraw.event;
	}

	/** By `Uri.toString()`. */
	get files(): ReadonlyMap<string, FileSurprise> {
		return this.#files;
	}

	/** Bits per byte; 0 without a file. */
	get median(): number {
		return this.#median;
	}

	provideFileDecoration(uri: Uri): FileDecoration | undefined {
		const file = this.#files.get(uri.toString());
		if (file === undefined) return undefined;
		const level = levelOf(file.bitsPerByte / this.#median);
		const color = level === "ordinary" ? undefined : new ThemeColor(`attune.${level}File`);
		const decoration = new FileDecoration(badgeOf(level), fileTooltip(file, this.#median), color);
		// Folders show where something strange is.
		decoration.propagate = level === "strange";
		return decoration;
	}

	/** Scores the workspace with progress to be seen, and says how much was reached. Undefined: cancelled, or it is being drawn already. */
	async draw(): Promise<MapResult | undefined> {
		if (this.#drawing) return undefined;
		this.#drawing = true;
		this.#watch();
		const shown = this.#shown.signal;
		const title = l10n.t("Attune looks for what is surprising");
		try {
			const result = await window.withProgress(
				{ location: ProgressLocation.Notification, title, cancellable: true },
				(progress, token) => {
					let told = 0;
					return this.#score(null, AbortSignal.any([shown, signalOf(token)]), (done, total) => {
						const message = l10n.t("{0} of {1} files", done, total);
						progress.report({ message, increment: (100 * (done - told)) / total });
						told = done;
					});
				},
			);
			this.#tell(result);
			return result;
		} catch (error) {
			if (!isCancelled(error)) throw error;
			return undefined;
		} finally {
			this.#drawing = false;
			this.#soon();
		}
	}

	/** As `draw` without a word, for when another adapter is served. */
	async drawAgain(): Promise<void> {
		if (this.#drawing || this.#watching === undefined) return;
		await this.#score(null, this.#shown.signal, () => {});
	}

	clear(): void {
		this.#shown.abort();
		this.#shown = new AbortController();
		this.#watching?.dispose();
		this.#watching = undefined;
		clearTimeout(this.#timer);
		this.#changed.clear();
		this.#files.clear();
		this.#redraw.fire(undefined);
	}

	dispose(): void {
		this.clear();
		this.#provider.dispose();
		this.#redraw.dispose();
	}

	async #score(
		files: readonly string[] | null,
		signal: AbortSignal,
		onFile: (done: number, total: number) => void,
	): Promise<MapResult> {
		let drawnAt = performance.now();
		const onPart = (part: MapPart) => {
			if (signal.aborted) return;
			const uri = Uri.file(part.kind === "gone" ? part.file : part.surprise.file).toString();
			if (part.kind === "gone") this.#files.delete(uri);
			else {
				this.#files.set(uri, part.surprise);
				onFile(part.done, part.total);
			}
			if (performance.now() - drawnAt < redrawEvery) return;
			drawnAt = performance.now();
			this.#show();
		};
		try {
			const params = { ...scoringChoice(), roots: workspaceRoots(), files, seconds: timeLimit };
			return await this.#learner.callStream(mapSurprise, params, { signal, onPart });
		} finally {
			this.#show();
		}
	}

	/** The median may have moved: every badge is drawn again. */
	#show(): void {
		this.#median = medianOf([...this.#files.values()].map(({ bitsPerByte }) => bitsPerByte)) ?? 0;
		this.#redraw.fire(undefined);
	}

	#tell({ files, scored, bytes, scoredBytes, end }: MapResult): void {
		if (end === "finished") return;
		const share = percent(bytes === 0 ? 0 : scoredBytes / bytes);
		const words = l10n.t("the map shows {0} of {1} files ({2} of the text), those changed last.", scored, files, share);
		this.#notices.tell(words, [{ label: l10n.t("Go On"), command: "attune.showSurprise" }]);
	}

	#watch(): void {
		if (this.#watching !== undefined) return;
		const watcher = workspace.createFileSystemWatcher("**/*");
		const changed = (uri: Uri) => {
			if (uri.scheme !== "file") return;
			this.#changed.add(uri.fsPath);
			this.#soon();
		};
		watcher.onDidChange(changed);
		watcher.onDidCreate(changed);
		watcher.onDidDelete(changed);
		this.#watching = watcher;
	}

	#soon(): void {
		clearTimeout(this.#timer);
		if (this.#changed.size > 0) this.#timer = setTimeout(() => void this.#again(), pause);
	}

	async #again(): Promise<void> {
		if (this.#drawing) return;
		const files = [...this.#changed].slice(-mostAgain);
		this.#changed.clear();
		// What failed is told when the map is asked for again; a save is no reason to complain.
		await this.#score(files, this.#shown.signal, () => {}).catch(() => {});
	}
}
