/**
 * The suggestion on the screen: whether it was there long enough to be read, and whether what the user does next takes it or passes it by. The
 * stable API tells only of acceptance; what somebody else's suggestion may have covered is known when that one is taken.
 */
import { Disposable, type TextDocumentChangeEvent, type TextEditor, window, workspace } from "vscode";
import type { CompleteParams } from "#protocol/serving";
import { follow } from "./follow.ts";

export interface Suggestion extends CompleteParams {
	readonly text: string;
	readonly replaces: number;
	/** Of the document. */
	readonly uri: string;
}

export interface ShownPorts {
	/** It could be read, or was taken. */
	seen(): void;
	/** What was counted as seen was not: another's text went into its place. */
	unseen(): void;
	/** A suggestion that could be read was typed past. */
	rejected(): void;
}

/** A suggestion counts as read after this many milliseconds. */
const readAfter = 750;

interface Current {
	readonly uri: string;
	/** What is left of it, and of its alternatives. */
	rests: readonly string[];
	/** Where the cursor stands while it is on the screen. */
	offset: number;
	seen: boolean;
	readonly timer: NodeJS.Timeout;
}

export class Shown {
	readonly #ports: ShownPorts;
	readonly #listeners: Disposable;
	#current: Current | undefined;

	constructor(ports: ShownPorts) {
		this.#ports = ports;
		this.#listeners = Disposable.from(
			workspace.onDidChangeTextDocument((event) => this.#follow(event)),
			window.onDidChangeTextEditorSelection(({ textEditor }) => this.#look(textEditor)),
			window.onDidChangeActiveTextEditor((editor) => this.#look(editor)),
		);
	}

	/** The first of these is on the screen now. False: it is what is left of the one before. */
	show(suggestions: readonly Suggestion[]): boolean {
		const [first] = suggestions;
		if (first === undefined) return false;
		const { uri, situation, text } = first;
		if (this.#current?.uri === uri && this.#current.rests.includes(text)) return false;
		this.#end();
		const timer = setTimeout(() => this.#see(), readAfter);
		const rests = suggestions.map((suggestion) => suggestion.text);
		this.#current = { uri, rests, offset: situation.offset, seen: false, timer };
		return true;
	}

	dispose(): void {
		this.#end();
		this.#listeners.dispose();
	}

	#see(): void {
		if (this.#current === undefined || this.#current.seen) return;
		this.#current.seen = true;
		this.#ports.seen();
	}

	#end(): void {
		clearTimeout(this.#current?.timer);
		this.#current = undefined;
	}

	#follow({ document, contentChanges: [change] }: TextDocumentChangeEvent): void {
		const current = this.#current;
		if (current === undefined || change === undefined || document.uri.toString() !== current.uri) return;
		const followed = current.rests.map((rest) => follow(rest, change.text));
		const rests = followed.flatMap((one) => (one.kind === "follows" ? [one.rest] : []));
		if (followed.some(({ kind }) => kind === "taken")) this.#see();
		else if (rests.length > 0) {
			current.offset += (current.rests[0]?.length ?? 0) - (rests[0]?.length ?? 0);
			current.rests = rests;
			return;
		} else if (current.seen) this.#passed(change.text);
		this.#end();
	}

	#passed(inserted: string): void {
		// Nobody types several characters at once.
		if (inserted.length > 2) this.#ports.unseen();
		else this.#ports.rejected();
	}

	/** With its cursor it leaves the screen. */
	#look(editor: TextEditor | undefined): void {
		const current = this.#current;
		if (current === undefined || editor?.document.uri.toString() !== current.uri) {
			if (editor !== undefined) this.#end();
			return;
		}
		if (editor.document.offsetAt(editor.selection.active) !== current.offset) this.#end();
	}
}
