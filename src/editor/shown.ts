/** The suggestion on the screen: whether what the user does next takes it or passes it by. The stable API tells only of acceptance. */
import { type TextDocumentChangeEvent, workspace } from "vscode";
import type { CompleteParams } from "#protocol/serving";
import { follow } from "./follow.ts";

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
	#current: { readonly suggestion: Suggestion; readonly rest: string } | undefined;

	/** `rejected` is called when a suggestion that could be read was typed past. */
	constructor(rejected: () => void) {
		this.#rejected = rejected;
		this.#listener = workspace.onDidChangeTextDocument((event) => this.#follow(event));
	}

	/** False: it is what is left of the one on the screen. */
	show(suggestion: Suggestion): boolean {
		const { uri, text } = suggestion;
		if (this.#current?.suggestion.uri === uri && this.#current.rest === text) return false;
		this.#current = { suggestion, rest: text };
		return true;
	}

	dispose(): void {
		this.#listener.dispose();
	}

	#follow({ document, contentChanges: [change] }: TextDocumentChangeEvent): void {
		if (this.#current === undefined || change === undefined) return;
		const { suggestion, rest } = this.#current;
		if (document.uri.toString() !== suggestion.uri) return;
		const followed = follow(rest, change.text);
		this.#current = followed.kind === "follows" ? { suggestion, rest: followed.rest } : undefined;
		if (followed.kind === "passed" && Date.now() - suggestion.shownMs >= readAfter) this.#rejected();
	}
}
