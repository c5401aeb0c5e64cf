/** The page about learning: one panel, opened when a run begins or a report is wanted, and opened again with the window. */
import { l10n, type Uri, ViewColumn, type WebviewPanel, window } from "vscode";
import type { FromPage, LiveRun, PagePart, ToPage } from "#protocol/learningPage";
import { pageHtml, webviewOptions } from "../webview.ts";

const viewType = "attune.learning";
/** Milliseconds between two pictures of a run. */
const pause = 200;

export class LearningPage {
	readonly #extension: Uri;
	readonly #hear: (message: FromPage) => void;
	readonly #serializer;
	#panel: WebviewPanel | undefined;
	/** The page's script runs and hears. */
	#ready = false;
	/** Told when it does. */
	#waiting: ToPage[] = [];
	#live: LiveRun | null = null;
	#liveTimer: NodeJS.Timeout | undefined;

	/** `hear` takes what is asked for on the page; "ready" comes each time that the page is loaded. */
	constructor(extension: Uri, hear: (message: FromPage) => void) {
		this.#extension = extension;
		this.#hear = hear;
		this.#serializer = window.registerWebviewPanelSerializer(viewType, {
			// The editor brings a page of the window before only when it is looked at: another may be open by then.
			deserializeWebviewPanel: async (panel) => (this.#panel === undefined ? this.#adopt(panel) : panel.dispose()),
		});
	}

	get visible(): boolean {
		return this.#panel?.visible === true;
	}

	open(part: PagePart): void {
		if (this.#panel === undefined) {
			const panel = window.createWebviewPanel(viewType, title(), ViewColumn.Active, webviewOptions);
			this.#adopt(panel);
		} else this.#panel.reveal();
		this.post({ kind: "show", part });
	}

	post(message: ToPage): void {
		if (this.#ready) this.#panel?.webview.postMessage(message);
		else if (this.#panel !== undefined) this.#waiting.push(message);
	}

	/** The newest counts; a page that is not looked at is told when it is. */
	postLive(live: LiveRun | null): void {
		const turning = live?.state !== this.#live?.state;
		this.#live = live;
		if (turning) this.#tellLive();
		else this.#liveTimer ??= setTimeout(() => this.#tellLive(), pause);
	}

	/** What was shown is forgotten with its panel. */
	close(): void {
		this.#panel?.dispose();
	}

	dispose(): void {
		clearTimeout(this.#liveTimer);
		this.#serializer.dispose();
		this.close();
	}

	#tellLive(): void {
		clearTimeout(this.#liveTimer);
		this.#liveTimer = undefined;
		if (this.#ready && this.visible) this.post({ kind: "live", live: this.#live });
	}

	#adopt(panel: WebviewPanel): void {
		this.#panel = panel;
		panel.webview.options = webviewOptions;
		panel.webview.onDidReceiveMessage((message: FromPage) => {
			if (message.kind !== "ready") return this.#hear(message);
			this.#ready = true;
			this.#hear(message);
			for (const waiting of this.#waiting.splice(0)) this.post(waiting);
		});
		panel.onDidChangeViewState(() => {
			// Hidden, its script is gone; shown, it begins anew and says so.
			if (!panel.visible) this.#ready = false;
		});
		panel.onDidDispose(() => {
			this.#panel = undefined;
			this.#ready = false;
			this.#waiting = [];
		});
		panel.webview.html = pageHtml(this.#extension, "learning", title());
	}
}

function title(): string {
	return l10n.t("Attune: Learning");
}
