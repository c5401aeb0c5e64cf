/** The turns on the page. Only what is another than before is drawn; who reads further up is left there. */
import type { Conversation, Turn } from "#protocol/chatPage";
import { growAnswer, isRunning, type TurnActions, turnElement } from "./chatTurn.ts";
import { element } from "./element.ts";
import { keepingFocus } from "./keepingFocus.ts";
import { t } from "./words.ts";

/** Pixels from the end within which the page follows an answer. */
const nearEnd = 60;
/** Characters of an answer that are read out at its end. */
const mostSpoken = 600;

export class ChatTranscript {
	/** Scrolls. */
	readonly element = element("div", {
		class: "transcript",
		tabindex: 0,
		role: "region",
		"aria-label": t("Conversation"),
	});
	/** Read out by screen readers: that an answer is under way, and the answer once it is whole, not each word of it. */
	readonly spoken = element("div", { class: "unseen", role: "status" });
	readonly #actions: TurnActions;
	/** Takes the focus where what had it is no longer there. */
	readonly #otherwise: () => void;
	#turns: readonly Turn[] = [];

	constructor(actions: TurnActions, otherwise: () => void) {
		this.#actions = actions;
		this.#otherwise = otherwise;
	}

	get turns(): readonly Turn[] {
		return this.#turns;
	}

	get running(): boolean {
		return this.#turns.some(isRunning);
	}

	showAll({ turns }: Conversation): void {
		this.#turns = turns;
		this.spoken.textContent = "";
		const made = turns.map((turn, i) => turnElement(turn, i + 1, this.#actions));
		keepingFocus(this.element, this.element, () => this.element.replaceChildren(...made), this.#otherwise);
		this.element.scrollTop = this.element.scrollHeight;
	}

	showTurn(turn: Turn): void {
		const at = this.#turns.findIndex(({ id }) => id === turn.id);
		const old = this.#turns[at];
		this.#turns = at < 0 ? [...this.#turns, turn] : this.#turns.with(at, turn);
		this.#following(at < 0, () => {
			const made = turnElement(turn, (at < 0 ? this.#turns.length - 1 : at) + 1, this.#actions);
			const shown = this.#elementOf(turn.id);
			if (shown === undefined) this.element.append(made);
			else keepingFocus(shown, made, () => shown.replaceWith(made), this.#otherwise);
		});
		if (isRunning(turn)) this.#speak(t("Attune is answering."));
		else if (old !== undefined && isRunning(old))
			this.#speak(turn.failure?.message ?? turn.answer.slice(0, mostSpoken));
	}

	addText(id: string, text: string): void {
		const turn = this.#turns.find((one) => one.id === id);
		const shown = this.#elementOf(id);
		if (turn === undefined || shown === undefined) return;
		const grown: Turn = { ...turn, state: "streaming", answer: turn.answer + text };
		this.#turns = this.#turns.map((one) => (one.id === id ? grown : one));
		this.#following(false, () => keepingFocus(shown, shown, () => growAnswer(shown, grown), this.#otherwise));
	}

	/** Whoever was at the end is there after `change`, too, which may leave the transcript less room. */
	keepEnd(change: () => void): void {
		this.#following(false, change);
	}

	/** A new question is always shown; its answer only to who was at the end. */
	#following(always: boolean, change: () => void): void {
		const { scrollHeight, scrollTop, clientHeight } = this.element;
		const atEnd = scrollHeight - scrollTop - clientHeight < nearEnd;
		change();
		if (always || atEnd) this.element.scrollTop = this.element.scrollHeight;
	}

	#speak(words: string): void {
		if (this.spoken.textContent !== words) this.spoken.textContent = words;
	}

	#elementOf(id: string): HTMLElement | undefined {
		return [...this.element.querySelectorAll<HTMLElement>("article")].find((one) => one.dataset["turn"] === id);
	}
}
