/** Where a question is written: the field, what it brings along, sending and stopping. */
import type { Attached, Draft, Turn } from "#protocol/chatPage";
import { ChatPicker } from "./chatPicker.ts";
import { chip, iconOf } from "./chatTurn.ts";
import { button, element } from "./element.ts";
import { type IconName, icon, iconButton } from "./icon.ts";
import { t } from "./words.ts";

export interface ComposerActions {
	/** `instead`: of this turn and all after it. */
	send(draft: Draft, instead: string | undefined): void;
	stop(): void;
	search(query: string): void;
	/** The question of before, to be asked otherwise. */
	recall(): Turn | undefined;
	changed(draft: Draft): void;
}

export class ChatComposer {
	readonly element: HTMLElement;
	readonly picker: ChatPicker;
	readonly #actions: ComposerActions;
	readonly #field = element("textarea", {
		...{ rows: 3, "aria-label": t("Question"), "aria-autocomplete": "list", "aria-controls": "picker" },
		placeholder: t("Ask about this project; # attaches a file, the selection or a symbol"),
	});
	readonly #chips = element("ul", { class: "chips", "aria-label": t("Goes with the question") });
	readonly #editing = element("p", { class: "editing quiet", hidden: true });
	readonly #send = iconButton("send", t("Send"), () => this.#submit(), "send");
	readonly #stop = iconButton("debug-stop", t("Stop"), () => this.#actions.stop(), "stop");
	#attached: readonly Attached[] = [];
	#useProject = true;
	#selection: Attached | undefined;
	/** The selection was sent away; another one is offered again. */
	#unwanted: string | undefined;
	#instead: string | undefined;
	#running = false;

	constructor(actions: ComposerActions, kept: Draft | undefined) {
		this.#actions = actions;
		const choose = (attached: Attached, mention: string) => this.#mentioned(attached, mention);
		this.picker = new ChatPicker(this.#field, { search: actions.search, choose });
		const attach = iconButton("add", t("Attach"), () => this.#openPicker());
		const hint = element("span", { class: "hint quiet" }, t("Send with Enter"));
		const buttons = element("div", { class: "buttons" }, attach, hint, this.#send, this.#stop);
		this.element = element(
			"form",
			{ class: "composer" },
			this.#editing,
			this.picker.element,
			this.#chips,
			this.#field,
			buttons,
		);
		this.element.addEventListener("submit", (event) => event.preventDefault());
		this.#field.addEventListener("input", () => this.#typed());
		this.#field.addEventListener("keydown", (event) => this.#key(event));
		this.#field.addEventListener("blur", () => this.picker.close());
		if (kept !== undefined) this.#fill(kept);
		this.#draw();
	}

	set running(running: boolean) {
		if (running === this.#running) return;
		// Whoever pressed the button that goes keeps a place for the focus.
		const focused = document.activeElement === this.#send || document.activeElement === this.#stop;
		this.#running = running;
		this.#draw();
		if (focused) this.focus();
	}

	set selection(selection: Attached | undefined) {
		this.#selection = selection;
		if (selection?.name !== this.#unwanted) this.#unwanted = undefined;
		this.#draw();
	}

	focus(): void {
		this.#field.focus();
	}

	attach(attached: Attached): void {
		const isNew = !this.#attached.some((one) => same(one, attached));
		if (isNew) this.#attached = [...this.#attached, attached];
		this.#changed();
	}

	/** The question goes into the field; sending it takes the turn's place. */
	edit(turn: Turn): void {
		this.#fill(turn);
		this.#instead = turn.id;
		this.#changed();
		this.focus();
	}

	get #draft(): Draft {
		const selected = this.#offered();
		const attached = selected === undefined ? this.#attached : [selected, ...this.#attached];
		return { question: this.#field.value.trim(), attached, useProject: this.#useProject };
	}

	/** The editor's selection comes along by itself, unless it was sent away or is attached already. */
	#offered(): Attached | undefined {
		const selection = this.#instead === undefined ? this.#selection : undefined;
		if (selection === undefined || selection.name === this.#unwanted) return undefined;
		return this.#attached.some((one) => same(one, selection)) ? undefined : selection;
	}

	#fill({ question, attached, useProject }: Draft): void {
		this.#field.value = question;
		this.#attached = attached;
		this.#useProject = useProject;
	}

	#submit(): void {
		if (this.#field.value.trim() === "" || this.#running) return;
		this.#actions.send(this.#draft, this.#instead);
		this.#fill({ question: "", attached: [], useProject: this.#useProject });
		this.#instead = undefined;
		this.#changed();
		this.focus();
	}

	#mentioned(attached: Attached, mention: string): void {
		const { value, selectionStart } = this.#field;
		const from = selectionStart - mention.length;
		const written = attached.kind === "selection" ? "" : `\`${attached.name}\``;
		this.#field.setRangeText(written, from, selectionStart, "end");
		if (value.slice(from, selectionStart) !== mention) this.#field.value = value;
		this.attach(attached);
		this.focus();
	}

	#openPicker(): void {
		this.focus();
		const { value, selectionStart } = this.#field;
		const blank = selectionStart === 0 || /\s$/.test(value.slice(0, selectionStart));
		this.#field.setRangeText(blank ? "#" : " #", selectionStart, selectionStart, "end");
		this.#typed();
	}

	#typed(): void {
		this.picker.follow();
		this.#actions.changed(this.#kept());
		this.#draw();
	}

	#key(event: KeyboardEvent): void {
		const { key, shiftKey, isComposing } = event;
		const empty = this.#field.value === "";
		if (isComposing) return;
		if (this.picker.key(key)) event.preventDefault();
		else if (key === "Enter" && !shiftKey) {
			event.preventDefault();
			this.#submit();
		} else if (key === "Escape" && this.#running) this.#actions.stop();
		else if (key === "Escape" && this.#instead !== undefined) this.#giveUpEditing();
		else if (key === "ArrowUp" && empty && !this.#running) {
			const turn = this.#actions.recall();
			if (turn === undefined) return;
			event.preventDefault();
			this.edit(turn);
		}
	}

	#giveUpEditing(): void {
		this.#instead = undefined;
		this.#fill({ question: "", attached: [], useProject: this.#useProject });
		this.#changed();
	}

	#changed(): void {
		this.#actions.changed(this.#kept());
		this.#draw();
	}

	/** The selection is the editor's to keep. */
	#kept(): Draft {
		return { ...this.#draft, attached: this.#attached };
	}

	#draw(): void {
		const selected = this.#offered();
		const unwanted = () => {
			this.#unwanted = selected?.name;
		};
		const rows = [
			selected === undefined ? undefined : this.#chip(iconOf(selected), selected.name, unwanted),
			...this.#attached.map((one) =>
				this.#chip(iconOf(one), one.name, () => {
					this.#attached = this.#attached.filter((other) => other !== one);
				}),
			),
			this.#projectChip(),
		];
		this.#chips.replaceChildren(...rows.filter((row) => row !== undefined));
		this.#send.hidden = this.#running;
		this.#stop.hidden = !this.#running;
		this.#send.disabled = this.#field.value.trim() === "";
		this.#editing.hidden = this.#instead === undefined;
		const cancel = button(t("Cancel"), () => this.#giveUpEditing(), { class: "link" });
		this.#editing.replaceChildren(t("Takes this question's place and all that followed."), " ", cancel);
	}

	#chip(name: IconName, label: string, remove: () => void): HTMLElement {
		const removed = () => {
			remove();
			this.#changed();
			this.focus();
		};
		return element("li", {}, chip(name, label, iconButton("close", t("Leave {0} out", label), removed)));
	}

	/** Whether fitting parts of the project are looked up. */
	#projectChip(): HTMLElement {
		const toggle = button(
			t("project"),
			() => {
				this.#useProject = !this.#useProject;
				this.#changed();
				this.#chips.querySelector<HTMLElement>("[aria-pressed]")?.focus();
			},
			{
				...{ class: "chip", "aria-pressed": String(this.#useProject) },
				title: t("Look up parts of the project that fit the question"),
			},
		);
		toggle.prepend(icon(this.#useProject ? "check" : "circle-slash"));
		return element("li", {}, toggle);
	}
}

function same(a: Attached, b: Attached): boolean {
	return a.file === b.file && String(a.lines) === String(b.lines);
}
