/** The suggestion on the screen: whether what the user does next takes it or passes it by. The stable API tells only of acceptance. */
import { type TextDocumentChangeEvent, type TextDocumentContentChangeEvent, workspace } from "vscode";
import type { CompleteParams } from "#protocol/serving";

export interface Suggestion extends CompleteParams {
	readonly text: string;
	readonly replaces: number;
	/** Of the document. */
	readonly uri: string;
	readonly shownMs: number;
}

/** A suggestion counts as read after this many milliseconds. */
const readAfter = 750;

export class Shown {
	readonly #listener;
	readonly #rejected: () => void;
	#current: Suggestion | undefined;

	/** `rejected` is called when a suggestion that could be read was typed past. */
	constructor(rejected: () => void) {
		this.#rejected = rejected;
		this.#listener = workspace.onDidChangeTextDocument((event) => this.#follow(event));
	}

	show(suggestion: Suggestion): void {
		this.#current = suggestion;
	}

	dispose(): void {
		this.#listener.dispose();
	}

	#follow({ document, contentChanges }: TextDocumentChangeEvent): void {
		const current = this.#current;
		if (current === undefined || document.uri.toString() !== current.uri || contentChanges.length === 0) return;
		if (contentChanges.some((change) => agrees(change, current))) return;
		this.#current = undefined;
		if (Date.now() - current.shownMs >= readAfter) this.#rejected();
	}
}

/** What was typed is part of the suggestion, or the suggestion itself, taken in full or in part. */
function agrees({ text }: TextDocumentContentChangeEvent, { text: suggested }: Suggestion): boolean {
	return text !== "" && (suggested.includes(text) || text.includes(suggested));
}
