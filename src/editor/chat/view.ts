/** The chat's page in the side bar: it comes and goes as the view is shown and hidden, what it shows stays here. */
import { commands, l10n, type Uri, type WebviewView, type WebviewViewProvider } from "vscode";
import type { Attached, Conversation, FromPage, PageState, ToPage } from "#protocol/chatPage";
import { pageHtml, webviewOptions } from "../webview.ts";
import { ChatPump } from "./pump.ts";

export interface ViewPorts {
	/** The folder that Attune is installed in. */
	readonly extension: Uri;
	readonly state: () => PageState;
	readonly onMessage: (message: FromPage) => void;
	/** The view is shown for the first time in this window. */
	readonly onFirst: () => void;
}

export class ChatView implements WebviewViewProvider {
	readonly #ports: ViewPorts;
	readonly #pump = new ChatPump((update) => this.#post(update));
	#view: WebviewView | undefined;
	#shown = false;
	/** Waits for the page to be there. */
	#waiting: ToPage[] = [];
	#ready = false;
	#paintedMs: number | undefined;

	constructor(ports: ViewPorts) {
		this.#ports = ports;
	}

	/** From the page's beginning to its first picture. */
	get paintedMs(): number | undefined {
		return this.#paintedMs;
	}

	resolveWebviewView(view: WebviewView): void {
		this.#view = view;
		this.#ready = false;
		view.webview.options = webviewOptions;
		view.webview.onDidReceiveMessage((message: FromPage) => this.#hear(message));
		// A page that is not seen is gone; it says so again when it is there.
		view.onDidChangeVisibility(() => {
			if (!view.visible) this.#ready = false;
		});
		view.onDidDispose(() => {
			if (this.#view === view) this.#view = undefined;
		});
		view.webview.html = pageHtml(this.#ports.extension, "chat", l10n.t("Attune Chat"));
		if (!this.#shown) this.#ports.onFirst();
		this.#shown = true;
	}

	show(conversation: Conversation): void {
		this.#pump.show(conversation);
	}

	stateChanged(): void {
		if (this.#ready) this.#post({ kind: "state", state: this.#ports.state() });
	}

	/** Opens the view if need be. */
	async reveal(): Promise<void> {
		await commands.executeCommand("attune.chat.focus");
	}

	async attach(attached: Attached): Promise<void> {
		await this.reveal();
		this.#later({ kind: "attach", attached });
		this.#later({ kind: "focus" });
	}

	answer(message: Extract<ToPage, { readonly kind: "candidates" }>): void {
		this.#post(message);
	}

	#hear(message: FromPage): void {
		if (message.kind === "ready") {
			this.#ready = true;
			this.stateChanged();
			this.#pump.restart();
			for (const waiting of this.#waiting.splice(0)) this.#post(waiting);
		} else if (message.kind === "drawn") this.#pump.drawn(message.number);
		else if (message.kind === "painted") this.#paintedMs = message.milliseconds;
		else this.#ports.onMessage(message);
	}

	#later(message: ToPage): void {
		if (this.#ready && this.#view !== undefined) this.#post(message);
		else this.#waiting.push(message);
	}

	#post(message: ToPage): void {
		this.#view?.webview.postMessage(message).then(undefined, () => {});
	}
}
