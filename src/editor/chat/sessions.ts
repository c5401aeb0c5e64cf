/** The workspace's conversations: one is open, at most one answer is under way. Knows no window. */
import { readFile } from "node:fs/promises";
import { AttuneError, messageOf } from "#base/errors";
import { hashString } from "#base/random";
import type { Attached, Conversation, Draft, Turn } from "#protocol/chatPage";
import type { CallOptions } from "#protocol/connection";
import type { Asked, AskParams, AskPart, AttachedPart, Explained, ExplainParams, ExplainPart } from "#protocol/talking";
import { asAsked } from "./asked.ts";
import type { ChatStore } from "./store.ts";
import {
	again,
	cutAt,
	ended,
	explained,
	failed,
	isRunning,
	messagesBefore,
	newConversation,
	newTurn,
	repeated,
	withPart,
	withTurn,
} from "./turns.ts";

/** The model's side. */
export interface Talker {
	ask(params: AskParams, options: CallOptions<AskPart>): Promise<Asked>;
	explain(params: ExplainParams, options: CallOptions<ExplainPart>): Promise<Explained>;
	/** All of the file as the editor has it; undefined where it is as on the disk. */
	textOf(file: string): string | undefined;
}

export interface SessionPorts {
	readonly talker: Talker;
	readonly store: ChatStore;
	/** Hears of every change of the open conversation. */
	readonly onChange: (conversation: Conversation) => void;
	/** A conversation could not be written to the disk. */
	readonly onUnsaved: (error: unknown) => void;
}

/** Most tokens of one answer. */
const maxTokens = 1024;
/** Milliseconds between two savings of an answer that is under way. */
const saveEvery = 1_000;

export class ChatSessions {
	readonly #ports: SessionPorts;
	#current: Conversation = newConversation(crypto.randomUUID(), Date.now());
	#running: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
	#savedMs = 0;

	constructor(ports: SessionPorts) {
		this.#ports = ports;
	}

	get current(): Conversation {
		return this.#current;
	}

	get running(): boolean {
		return this.#running !== undefined;
	}

	list(): Promise<readonly Conversation[]> {
		return this.#ports.store.all();
	}

	/** Shows another conversation; undefined: a new one. An id that is not known any more opens nothing. */
	async open(id?: string): Promise<void> {
		const conversation =
			id === undefined ? newConversation(crypto.randomUUID(), Date.now()) : await this.#ports.store.find(id);
		if (conversation === undefined) return;
		await this.stop();
		this.#become(conversation);
	}

	async remove(id: string): Promise<void> {
		if (id === this.#current.id) await this.open();
		await this.#ports.store.remove(id);
	}

	async removeAll(): Promise<void> {
		await this.open();
		await this.#ports.store.removeAll();
	}

	/** Resolves when the answer has ended. */
	async ask(draft: Draft): Promise<void> {
		await this.#answer(() => newTurn(crypto.randomUUID(), draft));
	}

	/** Explains a part of the first attached file. */
	async explain(draft: Draft, part: ExplainParams["part"]): Promise<void> {
		await this.#answer(() => newTurn(crypto.randomUUID(), draft, part));
	}

	/** Takes the turn and all after it back, and asks the draft instead. */
	async resend(turn: string, draft: Draft): Promise<void> {
		await this.#answer(() => {
			this.#current = cutAt(this.#current, turn);
			return newTurn(crypto.randomUUID(), draft);
		});
	}

	/** Another answer to this question; what followed it is taken back. */
	async regenerate(id: string): Promise<void> {
		const turn = this.#current.turns.find((one) => one.id === id);
		if (turn === undefined) return;
		await this.#answer(() => {
			this.#current = cutAt(this.#current, id);
			return again(turn);
		});
	}

	/** Resolves when nothing is under way; what was said stays. */
	async stop(): Promise<void> {
		this.#running?.abort.abort();
		await this.#running?.done;
	}

	/** `begin` changes the conversation only once the answer before has ended. */
	async #answer(begin: () => Turn): Promise<void> {
		// Somebody else may have asked meanwhile.
		while (this.#running !== undefined) await this.stop();
		const turn = begin();
		const abort = new AbortController();
		const done = this.#converse(turn, abort.signal).finally(() => {
			this.#running = undefined;
			this.#save(true);
			this.#ports.onChange(this.#current);
		});
		this.#running = { abort, done };
		await done;
	}

	async #converse(begun: Turn, signal: AbortSignal): Promise<void> {
		let turn = begun;
		/** The most that was said of it. */
		let longest = begun;
		const become = (next: Turn) => {
			turn = next;
			this.#become(withTurn(this.#current, next, Date.now()));
		};
		become(turn);
		for (let tries = 1; ; tries++) {
			try {
				become({ ...turn, attached: await this.#asked(turn) });
				const end = await this.#call(turn, signal, (part) => become(withPart(turn, part)));
				become("context" in end ? explained(turn, end) : ended(turn, end));
				return;
			} catch (error) {
				const failure = error instanceof AttuneError ? error : defect(error);
				if (turn.answer.length >= longest.answer.length) longest = turn;
				// The process died under it, which is no fault of the question.
				if (failure.code === "process" && tries === 1 && !signal.aborted) become(repeated(turn));
				else return become(failed(longest, failure));
			}
		}
	}

	/** What is attached, with what its lines are at this moment. */
	#asked({ attached }: Turn): Promise<readonly Attached[]> {
		const { talker } = this.#ports;
		const read = (file: string) => readFile(file, "utf8").catch(() => undefined);
		return Promise.all(
			attached.map(async (part) =>
				part.lines === undefined ? part : asAsked(part, talker.textOf(part.file) ?? (await read(part.file))),
			),
		);
	}

	async #call(turn: Turn, signal: AbortSignal, onPart: (part: AskPart) => void): Promise<Asked | Explained> {
		const { talker } = this.#ports;
		const options = { signal, onPart };
		const [first] = turn.attached;
		if (turn.explains !== undefined && first !== undefined) {
			const { file } = first;
			return await talker.explain({ file, text: talker.textOf(file), part: turn.explains }, options);
		}
		const attached = turn.attached.map(({ file, lines }): AttachedPart => ({ file, lines, text: talker.textOf(file) }));
		return await talker.ask(
			{
				...{ conversation: this.#current.id, messages: messagesBefore(this.#current, turn.id), maxTokens, attached },
				...{ question: turn.question, useContext: turn.useProject },
				...{ seed: hashString(String(turn.attempt), 42), again: turn.attempt > 0 },
			},
			options,
		);
	}

	#become(conversation: Conversation): void {
		this.#current = conversation;
		this.#ports.onChange(conversation);
		if (conversation.turns.length > 0) this.#save(!conversation.turns.some(isRunning));
	}

	/** Of an answer that is under way, only now and then. */
	#save(now: boolean): void {
		if (!now && Date.now() - this.#savedMs < saveEvery) return;
		this.#savedMs = Date.now();
		if (this.#current.turns.length > 0) this.#ports.store.save(this.#current).catch(this.#ports.onUnsaved);
	}
}

function defect(cause: unknown): AttuneError {
	const remedy = "This is a defect of Attune: please report it with `Attune: Copy Diagnostics`.";
	return new AttuneError("internal", messageOf(cause), { remedy, cause });
}
