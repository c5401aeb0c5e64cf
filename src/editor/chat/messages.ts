/** The editor's Chat speaks in messages of parts; a model's template wants questions and answers in turn. */
import type { AskParams } from "#protocol/talking";

type Message = AskParams["messages"][number];

/** The text of a message; what is no text is left away. */
export function textOf(content: readonly unknown[]): string {
	return content.flatMap((part) => (isText(part) ? [part.value] : [])).join("");
}

/** Neighbours of one speaker become one message; the last is the question. An answer at the end is gone on with by asking for more. */
export function conversationOf(messages: readonly Message[]): Pick<AskParams, "messages" | "question"> {
	const merged: Message[] = [];
	for (const message of messages) {
		const last = merged.at(-1);
		if (message.content.trim() === "") continue;
		if (last?.role === message.role) merged[merged.length - 1] = joined(last, message);
		else if (last !== undefined || message.role === "user") merged.push(message);
	}
	const last = merged.at(-1);
	if (last?.role !== "user") return { messages: merged, question: "Go on." };
	return { messages: merged.slice(0, -1), question: last.content };
}

function joined(a: Message, b: Message): Message {
	return { ...a, content: `${a.content}\n\n${b.content}` };
}

function isText(part: unknown): part is { readonly value: string } {
	return typeof part === "object" && part !== null && "value" in part && typeof part.value === "string";
}
