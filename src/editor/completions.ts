/** Ghost text: asks the serving process, which waits for a pause between keys where it has to ask the model, and shows what it suggests. */
import {
	type CancellationToken,
	type Disposable,
	extensions,
	type InlineCompletionContext,
	InlineCompletionItem,
	type InlineCompletionItemProvider,
	InlineCompletionTriggerKind,
	type Position,
	Range,
	type TextDocument,
	window,
	workspace,
} from "vscode";
import { delayFor, noRhythm, type Rhythm, withKey, withWork } from "#base/rhythm";
import { accepted, type CompleteParams, rejected } from "#protocol/serving";
import type { Documents } from "./documents.ts";
import { Neighbours } from "./neighbours.ts";
import { isCancelled, type Notices } from "./notices.ts";
import type { Serving } from "./serving.ts";
import { type CompletionMode, completionMode, completionSettings } from "./settings.ts";
import { Shown, type Suggestion } from "./shown.ts";
import type { Snooze } from "./snooze.ts";
import type { Tally } from "./tally.ts";

export interface CompletionsPorts {
	readonly serving: Serving;
	readonly documents: Documents;
	readonly snooze: Snooze;
	readonly tally: Tally;
	readonly notices: Notices;
}

/** Items of the last requests can still be taken. */
const remembered = 32;
/** Milliseconds in which the editor says why it cancelled: a key, the cursor, another question. */
const settled = 80;

export class Completions implements InlineCompletionItemProvider {
	readonly #ports: CompletionsPorts;
	readonly #suggestions = new Map<number, Suggestion>();
	readonly #shown: Shown;
	readonly #neighbours = new Neighbours();
	readonly #listeners: readonly Disposable[];
	#rhythm: Rhythm = noRhythm;
	#ids = 0;
	#requests = 0;

	constructor(ports: CompletionsPorts) {
		this.#ports = ports;
		this.#shown = new Shown({
			seen: () => ports.tally.shown(1),
			unseen: () => ports.tally.shown(-1),
			rejected: () => ports.serving.supervisor.tell(rejected, null),
		});
		this.#listeners = [
			workspace.onDidChangeTextDocument(({ contentChanges: [change] }) => {
				if (change?.text.length === 1) this.#rhythm = withKey(this.#rhythm, performance.now());
			}),
			extensions.onDidChange(() => this.#neighbours.forget()),
		];
	}

	async provideInlineCompletionItems(
		document: TextDocument,
		position: Position,
		context: InlineCompletionContext,
		token: CancellationToken,
	): Promise<InlineCompletionItem[] | undefined> {
		const { tally, notices, snooze } = this.#ports;
		if (document.uri.scheme !== "file") {
			// Whether a model may see it is decided by where it lies.
			tally.silent("notOnDisk");
			return undefined;
		}
		const invoked = context.triggerKind === InlineCompletionTriggerKind.Invoke;
		const mode = completionMode(document);
		const unwanted = mode === "off" ? "switchedOff" : invoked ? undefined : unasked(mode, snooze);
		if (unwanted !== undefined) {
			tally.silent(unwanted);
			return undefined;
		}
		this.#requests++;
		const asked = performance.now();
		if (!invoked) this.#noticeOthers(document, position, token);
		const wait = invoked ? 0 : delayFor(this.#rhythm);
		try {
			await this.#ports.serving.ready();
			const answer = await this.#ask(document, position, context, token, asked + wait);
			if (answer === undefined || !(invoked || (await this.#afterOthers(document, asked, token)))) return undefined;
			const { suggestions, took } = answer;
			if (this.#shown.show(suggestions)) tally.answered(took);
			return suggestions.map((suggestion) => this.#item(document, position, context, suggestion));
		} catch (error) {
			if (!isCancelled(error) && !token.isCancellationRequested) {
				tally.silent("failed");
				notices.failed(error, [], invoked);
			}
			return undefined;
		}
	}

	/** The editor inserted the item with this number. */
	accepted(id: unknown): void {
		const suggestion = typeof id === "number" ? this.#suggestions.get(id) : undefined;
		if (suggestion === undefined) return;
		const { situation, settings, text, replaces } = suggestion;
		this.#ports.tally.accepted();
		this.#ports.serving.supervisor.tell(accepted, { situation, settings, text, replaces });
	}

	dispose(): void {
		for (const listener of this.#listeners) listener.dispose();
		this.#shown.dispose();
	}

	/** Cancelled with nothing typed, moved or asked since: the editor shows another's suggestion. */
	#noticeOthers(document: TextDocument, position: Position, token: CancellationToken): void {
		const { version, languageId } = document;
		const [request, asked] = [this.#requests, performance.now()];
		const listener = token.onCancellationRequested(() => {
			listener.dispose();
			const took = performance.now() - asked;
			setTimeout(() => {
				const editor = window.activeTextEditor;
				const still = editor?.document === document && editor.selection.active.isEqual(position);
				if (!still || document.version !== version || this.#requests !== request) return;
				this.#neighbours.met(languageId, took);
				this.#ports.tally.silent("elsewhere");
			}, settled);
		});
	}

	/** Gives other extensions the time that they take. False: somebody came, or the question is over. */
	async #afterOthers({ languageId }: TextDocument, asked: number, token: CancellationToken): Promise<boolean> {
		const left = this.#neighbours.patience(languageId) - (performance.now() - asked);
		if (left <= 0) return true;
		if (!(await quietFor(left, token))) return false;
		this.#neighbours.missed(languageId);
		return true;
	}

	/** The model is asked from the time `from` on. Undefined: there is nothing to suggest. */
	async #ask(
		document: TextDocument,
		position: Position,
		context: InlineCompletionContext,
		token: CancellationToken,
		from: number,
	): Promise<Answer | undefined> {
		const { serving, documents, tally } = this.#ports;
		const readable = await documents.readable(document);
		if (token.isCancellationRequested) return undefined;
		if (readable.kind === "refused") {
			tally.silent("fileNotAllowed");
			return undefined;
		}
		const params = paramsAt(document, position, context, readable.path);
		const started = performance.now();
		const waitMs = Math.max(0, from - started);
		const outcome = await serving.complete({ ...params, waitMs }, signalOf(token)).finally(() => {
			const worked = performance.now() - started - waitMs;
			// What was known before the wait was over, or was given up, took nothing.
			if (worked > 0) this.#rhythm = withWork(this.#rhythm, worked);
		});
		if (outcome.kind === "silence") {
			tally.silent(outcome.reason);
			return undefined;
		}
		if (token.isCancellationRequested) return undefined;
		const took = performance.now() - started - (outcome.source === "cache" ? 0 : waitMs);
		const items = [outcome, ...outcome.alternatives];
		const uri = document.uri.toString();
		return { took, suggestions: items.map(({ text, replaces }) => ({ ...params, text, replaces, uri })) };
	}

	#item(document: TextDocument, position: Position, context: InlineCompletionContext, suggestion: Suggestion) {
		const id = ++this.#ids;
		this.#suggestions.set(id, suggestion);
		this.#suggestions.delete(id - remembered);
		const chosen = context.selectedCompletionInfo;
		// Beside the editor's own list an item has to take the same place as the one chosen there.
		const start = chosen?.range.start ?? position;
		const typed = document.getText(new Range(start, position));
		const behind = position.translate(0, suggestion.replaces);
		const end = chosen?.range.end.isAfter(behind) === true ? chosen.range.end : behind;
		const item = new InlineCompletionItem(typed + suggestion.text, new Range(start, end));
		item.command = { title: "", command: "attune.accepted", arguments: [id] };
		return item;
	}
}

interface Answer {
	readonly suggestions: readonly Suggestion[];
	/** Milliseconds, without those waited before the model was asked. */
	readonly took: number;
}

/** Why nobody wants a suggestion that was not asked for by hand. */
function unasked(mode: CompletionMode, { until }: Snooze): "onlyByHand" | "snoozed" | undefined {
	if (mode === "manual") return "onlyByHand";
	return until === undefined ? undefined : "snoozed";
}

function paramsAt(
	document: TextDocument,
	position: Position,
	{ triggerKind, selectedCompletionInfo: chosen }: InlineCompletionContext,
	path: string,
): CompleteParams {
	const invoked = triggerKind === InlineCompletionTriggerKind.Invoke;
	const selected = chosen && { text: chosen.text, from: document.offsetAt(chosen.range.start) };
	const situation: CompleteParams["situation"] = {
		...{ path, language: document.languageId, text: document.getText(), offset: document.offsetAt(position) },
		...{ trigger: invoked ? "invoked" : "typing", repository: workspace.name ?? "", ...(selected && { selected }) },
		indentUnit: indentUnit(document),
	};
	return { situation, settings: completionSettings(document) };
}

function indentUnit(document: TextDocument): string {
	const editor = workspace.getConfiguration("editor", document);
	return editor.get("insertSpaces", true) ? " ".repeat(editor.get("tabSize", 4)) : "\t";
}

/** False as soon as the editor no longer wants an answer. */
function quietFor(milliseconds: number, token: CancellationToken): Promise<boolean> {
	return new Promise((resolve) => {
		const timer = setTimeout(() => finish(true), milliseconds);
		const listener = token.onCancellationRequested(() => finish(false));
		const finish = (quiet: boolean): void => {
			clearTimeout(timer);
			listener.dispose();
			resolve(quiet && !token.isCancellationRequested);
		};
	});
}

export function signalOf(token: CancellationToken): AbortSignal {
	const controller = new AbortController();
	if (token.isCancellationRequested) controller.abort();
	token.onCancellationRequested(() => controller.abort());
	return controller.signal;
}
