/** A conversation at a terminal: lines in, streamed answers out. */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { CancelSource } from "#base/cancel";
import { AttuneError, describeError } from "#base/errors";
import type { ProjectChat, ProjectChatEvent } from "#engine/chat";
import type { Terminal } from "./command.ts";

export interface Console {
	readonly input: Readable & { readonly isTTY?: boolean };
	/** For the prompt and the line being written; only used at a terminal. */
	readonly output: Writable;
}

const help = [
	"/clear            begins anew",
	"/context [on|off]  the parts of the project shown for the last answer, or whether any are",
	"/again            another answer to the last question",
	"/quit             leaves, as Ctrl-C twice and the end of the input do",
].join("\n");

/** Asks what is typed until the input ends or the user leaves. Ctrl-C stops an answer; twice without one leaves. */
export async function converse(chat: ProjectChat, terminal: Terminal, { input, output }: Console): Promise<void> {
	const atTerminal = input.isTTY === true;
	const lines = createInterface({ input, prompt: "> ", terminal: atTerminal, ...(atTerminal && { output }) });
	let answering: CancelSource | undefined;
	let asked = false;
	let left = false;
	const interrupt = (): void => {
		if (answering !== undefined) answering.cancel();
		else if (asked) {
			left = true;
			lines.close();
		} else {
			asked = true;
			terminal.note("\nCtrl-C again leaves; /help says what else there is.");
			if (atTerminal) lines.prompt();
		}
	};
	lines.on("SIGINT", interrupt);
	// A signal from outside counts alike.
	const arm = async (): Promise<void> => {
		await terminal.interrupts.next();
		interrupt();
		await arm();
	};
	void arm();

	let context: (ProjectChatEvent & { kind: "context" })["context"] = [];
	const show = async (events: AsyncIterable<ProjectChatEvent>): Promise<void> => {
		answering = new CancelSource();
		context = [];
		try {
			for await (const event of events) {
				if (event.kind === "context") context = event.context;
				else tell(event, terminal);
			}
		} catch (error) {
			if (!(error instanceof AttuneError)) throw error;
			terminal.note(error.code === "cancelled" ? "\n(stopped)" : describeError(error));
		} finally {
			answering = undefined;
		}
		terminal.write("\n");
	};
	const cancel = {
		get cancelled(): boolean {
			return answering?.cancelled ?? true;
		},
	};

	if (atTerminal) lines.prompt();
	for await (const line of lines) {
		asked = false;
		const [word, argument] = line.trim().split(/\s+/);
		if (word === "/quit" || left) break;
		if (word === "/help") terminal.note(help);
		else if (word === "/clear") chat.clear();
		else if (word === "/again") await show(chat.regenerate(cancel));
		else if (word === "/context" && argument !== undefined) chat.useContext = argument !== "off";
		else if (word === "/context") terminal.note(context.length === 0 ? "none" : context.map(describePart).join("\n"));
		else if (word?.startsWith("/") === true && /^\/\w+$/.test(word)) terminal.note(`There is no ${word}.\n${help}`);
		else if (word !== "" && word !== undefined) await show(chat.ask(line, cancel));
		if (atTerminal) lines.prompt();
	}
	lines.close();
}

/** Says what an event says, to people. */
export function tell(event: ProjectChatEvent, terminal: Terminal): void {
	if (event.kind === "text") terminal.write(event.text);
	else if (event.kind === "dropped")
		terminal.note(`(the first ${event.messages} messages no longer fit what the model can read)`);
	else if (event.kind === "end" && event.reason === "length") terminal.note("\n(cut at the longest answer)");
}

export function describePart({
	path,
	lines,
}: {
	readonly path: string;
	readonly lines: readonly [number, number];
}): string {
	return `${path}:${lines[0]}-${lines[1]}`;
}
