/** The list of what a question can bring along, below `#` or `@` as it is typed; the keys stay in the field. */
import type { Attached, Candidate } from "#protocol/chatPage";
import { mentionAt } from "./chatMention.ts";
import { iconOf } from "./chatTurn.ts";
import { element } from "./element.ts";
import { icon } from "./icon.ts";
import { t } from "./words.ts";

export interface PickerActions {
	search(query: string): void;
	/** `mention`: as it was typed, to be taken out. */
	choose(attached: Attached, mention: string): void;
}

export class ChatPicker {
	readonly element = element("ul", {
		class: "picker",
		id: "picker",
		tabindex: 0,
		role: "listbox",
		"aria-label": t("Attach"),
		hidden: true,
	});
	readonly #actions: PickerActions;
	#field: HTMLTextAreaElement;
	#mention: string | undefined;
	#candidates: readonly Candidate[] = [];
	#at = 0;

	constructor(field: HTMLTextAreaElement, actions: PickerActions) {
		this.#field = field;
		this.#actions = actions;
	}

	get open(): boolean {
		return !this.element.hidden;
	}

	/** After each change of the field. */
	follow(): void {
		const { value, selectionStart } = this.#field;
		this.#mention = mentionAt(value.slice(0, selectionStart));
		if (this.#mention === undefined) this.close();
		else this.#actions.search(this.#mention.slice(1));
	}

	show(query: string, candidates: readonly Candidate[]): void {
		// An answer to what was typed before.
		if (this.#mention?.slice(1) !== query) return;
		this.#candidates = candidates;
		this.#at = 0;
		this.element.replaceChildren(...candidates.map((candidate, i) => this.#option(candidate, i)));
		if (candidates.length === 0) this.close();
		else {
			this.element.hidden = false;
			this.#mark();
		}
	}

	/** True: the key was for the list. */
	key(name: string): boolean {
		if (!this.open) return false;
		const count = this.#candidates.length;
		if (name === "ArrowDown") this.#at = (this.#at + 1) % count;
		else if (name === "ArrowUp") this.#at = (this.#at + count - 1) % count;
		else if (name === "Enter" || name === "Tab") this.#choose(this.#at);
		else if (name === "Escape") this.close();
		else return false;
		this.#mark();
		return true;
	}

	close(): void {
		this.element.hidden = true;
		this.#field.removeAttribute("aria-activedescendant");
	}

	#option({ attached, detail }: Candidate, index: number): HTMLElement {
		const name = element("span", {}, attached.name);
		const option = element(
			"li",
			{ id: `option-${index}`, role: "option" },
			icon(iconOf(attached)),
			name,
			element("span", { class: "quiet" }, detailOf(attached, detail)),
		);
		// The field keeps the focus.
		option.addEventListener("mousedown", (event) => event.preventDefault());
		option.addEventListener("click", () => this.#choose(index));
		return option;
	}

	#choose(index: number): void {
		const chosen = this.#candidates[index];
		this.close();
		if (chosen !== undefined) this.#actions.choose(chosen.attached, this.#mention ?? "");
		this.#mention = undefined;
	}

	#mark(): void {
		for (const [i, option] of [...this.element.children].entries()) {
			option.setAttribute("aria-selected", String(i === this.#at));
			if (i === this.#at) option.scrollIntoView({ block: "nearest" });
		}
		if (this.open) this.#field.setAttribute("aria-activedescendant", `option-${this.#at}`);
	}
}

function detailOf({ kind, name }: Attached, detail: string): string {
	if (kind === "selection") return t("selection");
	return detail === name ? "" : detail;
}
