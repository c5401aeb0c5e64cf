/** The side panel: conversations, their page, and what its buttons do. */
import {
	CancellationTokenSource,
	type ChatParticipant,
	commands,
	type ExtensionContext,
	env,
	Selection,
	Uri,
	window,
	workspace,
} from "vscode";
import { messageOf } from "#base/errors";
import type { Log } from "#base/log";
import type { Conversation, Draft, FromPage, PageState } from "#protocol/chatPage";
import type { Notices } from "../notices.ts";
import { ChatChanges } from "./changes.ts";
import type { Explanation } from "./explain.ts";
import { candidates, mentionedIn, selectionOf } from "./mentions.ts";
import type { ChatModel } from "./model.ts";
import { ChatSessions, type Talker } from "./sessions.ts";
import { ChatStore } from "./store.ts";
import { ChatView } from "./view.ts";

export interface ChatPorts {
	readonly context: ExtensionContext;
	readonly talker: Talker;
	readonly model: ChatModel;
	readonly notices: Notices;
	readonly log: Log;
}

/** In the workspace's memory: the conversation that is open. */
const currentKey = "attune.chat";

export class Chat {
	readonly sessions: ChatSessions;
	readonly view: ChatView;
	readonly changes = new ChatChanges();
	/** In the editor's own Chat; undefined where it has none. */
	participant: ChatParticipant | undefined;
	readonly #ports: ChatPorts;
	#current: string | undefined;
	#restoring: Promise<void> | undefined;
	/** Of what was typed last. */
	#search = new CancellationTokenSource();

	constructor(ports: ChatPorts) {
		const { context, log, talker } = ports;
		this.#ports = ports;
		this.#current = context.workspaceState.get(currentKey);
		this.sessions = new ChatSessions({
			...{ talker, store: new ChatStore(folderOf(context)) },
			onChange: (conversation) => this.#changed(conversation),
			onUnsaved: (error) => log.warn(`a conversation could not be kept: ${messageOf(error)}`),
		});
		this.view = new ChatView({
			...{ extension: context.extensionUri, state: () => this.#state() },
			onFirst: () => this.#say(this.restored().then(() => this.view.show(this.sessions.current))),
			onMessage: (message) => this.#say(this.#hear(message)),
		});
	}

	/** The conversation of last time is open, before anything is said in this window. */
	restored(): Promise<void> {
		this.#restoring ??= this.#current === undefined ? Promise.resolve() : this.sessions.open(this.#current);
		return this.#restoring;
	}

	/** Shows the explanation as a turn of the open conversation. Resolves when it is whole. */
	async explain({ draft, part }: Explanation): Promise<void> {
		await this.view.reveal();
		await this.restored();
		await this.sessions.explain(draft, part);
	}

	async begin(): Promise<void> {
		await this.restored();
		await this.sessions.open();
		await this.view.reveal();
	}

	dispose(): void {
		this.#search.cancel();
		this.sessions.stop().catch(() => {});
		this.changes.dispose();
	}

	#state(): PageState {
		const selection = selectionOf(window.activeTextEditor);
		return { model: this.#ports.model.forPage, change: this.changes.pending, selection };
	}

	#changed(conversation: Conversation): void {
		this.view.show(conversation);
		if (conversation.id === this.#current) return;
		this.#current = conversation.id;
		this.#ports.context.workspaceState.update(currentKey, conversation.id).then(undefined, () => {});
	}

	async #hear(message: FromPage): Promise<unknown> {
		const { sessions, changes } = this;
		switch (message.kind) {
			case "ask":
				return await sessions.ask(await withMentions(message.draft));
			case "resend":
				return await sessions.resend(message.turn, await withMentions(message.draft));
			case "regenerate":
				return await sessions.regenerate(message.turn);
			case "stop":
				return await sessions.stop();
			case "copy":
				return await env.clipboard.writeText(message.text);
			case "insert":
				return await changes.insert(message.text);
			case "apply":
				return await changes.preview(
					message.code,
					sessions.current.turns.find(({ id }) => id === message.turn),
				);
			case "settle":
				return await changes.settle(message.accept);
			case "search": {
				const { query } = message;
				this.#search.cancel();
				this.#search = new CancellationTokenSource();
				const found = await candidates(query, this.#search.token);
				return this.view.answer({ kind: "candidates", query, candidates: found });
			}
			case "open":
				return await openPlace(message.path, message.lines);
			case "command":
				return await commands.executeCommand(`attune.${message.command}`);
			default:
				return undefined;
		}
	}

	/** A failure of what the user just asked for is told, also a second time. */
	#say(work: Promise<unknown>): void {
		work.catch((error) => this.#ports.notices.failed(error, [], true));
	}
}

/** Of this workspace; of all windows without one together. */
function folderOf({ storageUri, globalStorageUri }: ExtensionContext): string {
	return Uri.joinPath(storageUri ?? globalStorageUri, "chats").fsPath;
}

/** With what the question names itself. */
async function withMentions(draft: Draft): Promise<Draft> {
	const named = await mentionedIn(draft.question);
	const isNew = (file: string, lines?: readonly number[]) =>
		!draft.attached.some((one) => one.file === file && String(one.lines) === String(lines));
	return { ...draft, attached: [...draft.attached, ...named.filter(({ file, lines }) => isNew(file, lines))] };
}

/** `path`: absolute, or as the model was told it. */
async function openPlace(path: string, lines: readonly [number, number] | undefined): Promise<void> {
	const folders = workspace.workspaceFolders ?? [];
	const inside = path.split("/").slice(1).join("/");
	const places = [
		...folders.map(({ uri }) => Uri.joinPath(uri, path)),
		// In a workspace of several folders the first name is the folder's.
		...folders.filter(({ name }) => path.startsWith(`${name}/`)).map(({ uri }) => Uri.joinPath(uri, inside)),
		Uri.file(path),
	];
	for (const place of places) {
		try {
			await workspace.fs.stat(place);
		} catch {
			continue;
		}
		const editor = await window.showTextDocument(place);
		if (lines === undefined) return;
		editor.selection = new Selection(lines[0] - 1, 0, lines[0] - 1, 0);
		editor.revealRange(new Selection(lines[0] - 1, 0, lines[1], 0));
		return;
	}
}
