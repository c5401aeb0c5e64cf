/** Conversations change by these functions alone; each gives a new one. */
import type { AttuneError } from "#base/errors";
import type { Conversation, Draft, Turn } from "#protocol/chatPage";
import type { Asked, AskParams, AskPart, Explained, ExplainParams } from "#protocol/talking";

export function newConversation(id: string, now: number): Conversation {
	return { id, changed: now, turns: [] };
}

export function newTurn(id: string, draft: Draft, explains?: ExplainParams["part"]): Turn {
	const nothing = { answer: "", shown: [], leftOut: [], dropped: 0, notices: [] };
	return { ...draft, ...nothing, id, explains, attempt: 0, state: "waiting" };
}

/** The same question, to be answered otherwise. */
export function again(turn: Turn): Turn {
	const { id, question, attached, useProject, explains, attempt } = turn;
	return { ...newTurn(id, { question, attached, useProject }, explains), attempt: attempt + 1 };
}

/** The same question with the same seed: its answer broke off through no fault of its own. */
export function repeated(turn: Turn): Turn {
	return { ...again(turn), attempt: turn.attempt };
}

/** With the turn in its place, or at the end. */
export function withTurn(conversation: Conversation, turn: Turn, now: number): Conversation {
	const at = conversation.turns.findIndex(({ id }) => id === turn.id);
	const turns = at < 0 ? [...conversation.turns, turn] : conversation.turns.with(at, turn);
	return { ...conversation, changed: now, turns };
}

/** Without the turn and all that followed. */
export function cutAt(conversation: Conversation, turn: string): Conversation {
	const at = conversation.turns.findIndex(({ id }) => id === turn);
	return at < 0 ? conversation : { ...conversation, turns: conversation.turns.slice(0, at) };
}

export function withPart(turn: Turn, part: AskPart): Turn {
	switch (part.kind) {
		case "text":
			return { ...turn, state: "streaming", answer: turn.answer + part.text };
		case "notice":
			return { ...turn, notices: [...turn.notices, part.text] };
		case "context":
			return { ...turn, shown: part.context };
		case "leftOut":
			return { ...turn, leftOut: part.parts };
		case "dropped":
			return { ...turn, dropped: part.messages };
	}
}

export function ended(turn: Turn, { reason }: Pick<Asked, "reason">): Turn {
	return { ...turn, state: reason === "cancelled" ? "stopped" : reason };
}

export function explained(turn: Turn, { text, reason, context }: Explained): Turn {
	return { ...turn, answer: text, state: reason, shown: context };
}

/** What was said until then stays. */
export function failed(turn: Turn, { code, message, remedy }: AttuneError): Turn {
	return code === "cancelled"
		? { ...turn, state: "stopped" }
		: { ...turn, state: "failed", failure: { message, remedy } };
}

export function isRunning({ state }: Turn): boolean {
	return state === "waiting" || state === "streaming";
}

/** As it is found on a disk: nobody works on its answers any more. */
export function restored(conversation: Conversation): Conversation {
	const turns = conversation.turns.map((turn): Turn => (isRunning(turn) ? { ...turn, state: "interrupted" } : turn));
	return { ...conversation, turns };
}

/** What was said before the turn, as the model is told it. */
export function messagesBefore(conversation: Conversation, turn: string): AskParams["messages"] {
	return cutAt(conversation, turn).turns.flatMap(({ question, answer }) =>
		answer.trim() === ""
			? []
			: [
					{ role: "user", content: question },
					{ role: "assistant", content: answer },
				],
	);
}

/** The first question, on one short line. */
export function titleOf({ turns }: Conversation): string {
	const words = (turns[0]?.question ?? "").replace(/\s+/g, " ").trim();
	return words.length > 60 ? `${words.slice(0, 59).trimEnd()}…` : words;
}

/** The newest turns that together take no more than `most` bytes as JSON; the last one always stays. */
export function bounded(conversation: Conversation, most: number): Conversation {
	const { turns } = conversation;
	let from = turns.length;
	for (let bytes = 0; from > 0; from--) {
		bytes += new TextEncoder().encode(JSON.stringify(turns[from - 1])).length;
		if (bytes > most && from < turns.length) break;
	}
	return from === 0 ? conversation : { ...conversation, turns: turns.slice(from) };
}
