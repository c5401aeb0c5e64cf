/** Brings a conversation to its page no faster than the page draws it: one update is under way, what comes meanwhile goes with the next. */
import type { Conversation, ToPage, Turn } from "#protocol/chatPage";

type Update = Extract<ToPage, { readonly number: number }>;
type Unnumbered = Update extends infer One ? (One extends Update ? Omit<One, "number"> : never) : never;

export class ChatPump {
	readonly #post: (update: Update) => void;
	#wanted: Conversation | undefined;
	/** As the page has it, or will when it has drawn what is under way. */
	#sent: Conversation | undefined;
	#number = 0;
	/** 0: no page is there yet. */
	#underWay: number | undefined = 0;

	constructor(post: (update: Update) => void) {
		this.#post = post;
	}

	show(conversation: Conversation): void {
		this.#wanted = conversation;
		this.#next();
	}

	/** The page has drawn the update of this number. */
	drawn(number: number): void {
		if (number !== this.#underWay) return;
		this.#underWay = undefined;
		this.#next();
	}

	/** Another page, which has nothing yet. */
	restart(): void {
		this.#sent = undefined;
		this.#underWay = undefined;
		this.#next();
	}

	#next(): void {
		if (this.#underWay !== undefined || this.#wanted === undefined) return;
		const step = difference(this.#sent, this.#wanted);
		if (step === undefined) return;
		this.#underWay = ++this.#number;
		this.#sent = step.after;
		this.#post({ ...step.update, number: this.#underWay } as Update);
	}
}

interface Step {
	readonly update: Unnumbered;
	readonly after: Conversation;
}

/** The first thing that makes `to` of `from`. */
function difference(from: Conversation | undefined, to: Conversation): Step | undefined {
	if (from === to) return undefined;
	const same = from?.id === to.id && from.turns.every(({ id }, i) => to.turns[i]?.id === id);
	if (from === undefined || !same) return { update: { kind: "conversation", conversation: to }, after: to };
	const at = to.turns.findIndex((turn, i) => turn !== from.turns[i]);
	const turn = to.turns[at];
	if (turn === undefined) return undefined;
	const turns = at < from.turns.length ? from.turns.with(at, turn) : [...from.turns, turn];
	const more = moreText(from.turns[at], turn);
	const update: Unnumbered = more === undefined ? { kind: "turn", turn } : { kind: "text", turn: turn.id, text: more };
	return { update, after: { ...to, turns } };
}

/** What was added to the answer, if nothing else is another. */
function moreText(from: Turn | undefined, to: Turn): string | undefined {
	if (from === undefined || !to.answer.startsWith(from.answer)) return undefined;
	const { answer: before, ...old } = from;
	const { answer, ...now } = to;
	const same = Object.keys(now).every((key) => old[key as keyof typeof old] === now[key as keyof typeof now]);
	return same ? answer.slice(before.length) : undefined;
}
