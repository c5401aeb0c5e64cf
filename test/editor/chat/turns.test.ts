import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { AttuneError } from "#base/errors";
import { conversationOf, textOf } from "#editor/chat/messages";
import { ChatPump } from "#editor/chat/pump";
import { ChatStore } from "#editor/chat/store";
import {
	bounded,
	cutAt,
	ended,
	failed,
	messagesBefore,
	newConversation,
	newTurn,
	restored,
	titleOf,
	withPart,
	withTurn,
} from "#editor/chat/turns";
import type { Conversation, ToPage, Turn } from "#protocol/chatPage";

const turn = (id: string, more: Partial<Turn> = {}): Turn => ({
	...newTurn(id, { question: `question ${id}`, attached: [], useProject: true }),
	...{ answer: `answer ${id}`, state: "finished" },
	...more,
});
const talk = (...turns: readonly Turn[]): Conversation => ({ ...newConversation("c", 1), turns });

describe("editor/chat/turns", () => {
	it("goes from a question to its end by what the model's process tells", () => {
		let one = newTurn("1", { question: "why?", attached: [], useProject: true });
		equal(one.state, "waiting");
		one = withPart(one, { kind: "context", context: [{ path: "a.ts", lines: [1, 2] }] });
		one = withPart(one, { kind: "leftOut", parts: [{ path: "b.ts", lines: undefined, reason: "tooLong" }] });
		equal(one.state, "waiting");
		one = withPart(withPart(one, { kind: "text", text: "be" }), { kind: "text", text: "cause" });
		equal(one.state, "streaming");
		equal(one.answer, "because");
		equal(ended(one, { reason: "cancelled" }).state, "stopped");
		equal(ended(one, { reason: "length" }).state, "length");
		const broken = failed(one, new AttuneError("process", "it ended", { remedy: "Ask again." }));
		deepEqual([broken.state, broken.answer, broken.failure?.remedy], ["failed", "because", "Ask again."]);
	});

	it("tells the model what was said before a turn, without what has no answer", () => {
		const conversation = talk(turn("1"), turn("2", { answer: " " }), turn("3"), turn("4"));
		deepEqual(
			messagesBefore(conversation, "4").map(({ content }) => content),
			["question 1", "answer 1", "question 3", "answer 3"],
		);
		equal(messagesBefore(conversation, "unknown").length, 6);
		deepEqual(
			cutAt(conversation, "3").turns.map(({ id }) => id),
			["1", "2"],
		);
	});

	it("takes an answer that nobody works on any more for interrupted", () => {
		const states = restored(talk(turn("1"), turn("2", { state: "streaming" }), turn("3", { state: "waiting" }))).turns;
		deepEqual(
			states.map(({ state }) => state),
			["finished", "interrupted", "interrupted"],
		);
	});

	it("drops the oldest turns of a conversation that is too long, never the last", () => {
		const long = talk(...["1", "2", "3"].map((id) => turn(id, { answer: "x".repeat(1_000) })));
		const size = JSON.stringify(long.turns[0]).length;
		const ids = (most: number) => bounded(long, most).turns.map(({ id }) => id);
		deepEqual(ids(10 * size), ["1", "2", "3"]);
		deepEqual(ids(2 * size + 10), ["2", "3"]);
		deepEqual(ids(10), ["3"]);
	});

	it("is called by its first question, on one line", () => {
		equal(titleOf(talk(turn("1", { question: " a\n b " }))), "a b");
		equal(titleOf(talk(turn("1", { question: "w ".repeat(99) }))).length <= 60, true);
		equal(titleOf(talk()), "");
	});
});

describe("editor/chat/pump", () => {
	/** What a page has after it took in `updates`. */
	const take = (turns: readonly Turn[], update: ToPage): readonly Turn[] => {
		if (update.kind === "conversation") return update.conversation.turns;
		if (update.kind === "turn") {
			const at = turns.findIndex(({ id }) => id === update.turn.id);
			return at < 0 ? [...turns, update.turn] : turns.with(at, update.turn);
		}
		if (update.kind !== "text") return turns;
		return turns.map((one) => (one.id === update.turn ? { ...one, answer: one.answer + update.text } : one));
	};

	it("sends nothing before the page is there, and one update at a time", () => {
		const sent: ToPage[] = [];
		const pump = new ChatPump((update) => sent.push(update));
		pump.show(talk(turn("1", { answer: "" })));
		deepEqual(sent, []);
		pump.restart();
		equal(sent.length, 1);
		const base = turn("1", { answer: "" });
		let conversation = talk(base);
		pump.show(conversation);
		for (const word of ["a", "b", "c"]) {
			conversation = withTurn(conversation, withPart(conversation.turns[0] ?? base, { kind: "text", text: word }), 2);
			pump.show(conversation);
		}
		equal(sent.length, 1, "it did not wait");
		pump.drawn(99);
		equal(sent.length, 1, "it took another update's sign for this one's");
		pump.drawn(1);
		equal(sent.length, 2, "what came meanwhile goes together");
	});

	it("sends only what was added where only that is new", () => {
		const sent: ToPage[] = [];
		const pump = new ChatPump((update) => sent.push(update));
		pump.restart();
		const first = turn("1", { answer: "a", state: "streaming" });
		pump.show(talk(first));
		pump.drawn(1);
		pump.show(talk({ ...first, answer: "abc" }));
		deepEqual(sent[1], { kind: "text", number: 2, turn: "1", text: "bc" });
	});

	it("leaves any page with what was shown last", () =>
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom("more", "turn", "drawn", "cut", "end", "other", "page"), { maxLength: 60 }),
				(steps) => {
					let conversation = talk();
					let page: readonly Turn[] = [];
					const updates: number[] = [];
					const pump = new ChatPump((update) => {
						page = take(page, update);
						updates.push(update.number);
					});
					for (const [i, step] of steps.entries()) {
						const last = conversation.turns.at(-1);
						if (step === "turn")
							conversation = withTurn(
								conversation,
								newTurn(`${i}`, { question: "q", attached: [], useProject: true }),
								i,
							);
						else if (step === "more" && last)
							conversation = withTurn(conversation, withPart(last, { kind: "text", text: `${i} ` }), i);
						else if (step === "end" && last)
							conversation = withTurn(conversation, ended(last, { reason: "finished" }), i);
						else if (step === "cut" && last) conversation = cutAt(conversation, last.id);
						else if (step === "other") conversation = newConversation(`${i}`, i);
						else if (step === "drawn") pump.drawn(updates.at(-1) ?? 0);
						else if (step === "page") {
							page = [];
							pump.restart();
						}
						pump.show(conversation);
					}
					pump.restart();
					for (let i = 0; i < 100; i++) pump.drawn(updates.at(-1) ?? 0);
					deepEqual(page, conversation.turns);
				},
			),
			{ seed: 3 },
		));
});

describe("editor/chat/store", () => {
	const folder = join(mkdtempSync(join(tmpdir(), "attune-chats-")), "chats");
	after(() => rmSync(join(folder, ".."), { recursive: true, force: true }));
	const named = (id: string, changed: number, ...turns: readonly Turn[]) => ({ ...talk(...turns), id, changed });

	it("gives back what was saved, newest first, and forgets what is removed", async () => {
		const store = new ChatStore(folder);
		deepEqual(await store.all(), []);
		await store.save(named("a", 1, turn("1")));
		await store.save(named("b", 2, turn("1"), turn("2", { state: "streaming" })));
		const all = await new ChatStore(folder).all();
		deepEqual(
			all.map(({ id }) => id),
			["b", "a"],
		);
		equal(all[0]?.turns[1]?.state, "interrupted");
		deepEqual((await store.find("a"))?.turns[0]?.answer, "answer 1");
		await store.remove("a");
		equal(await store.find("a"), undefined);
		equal((await store.all()).length, 1);
	});

	it("passes over what is no conversation, and writes nothing outside its folder", async () => {
		const store = new ChatStore(folder);
		writeFileSync(join(folder, "broken.json"), '{"id":"x","turns":[{"id":1}]}');
		writeFileSync(join(folder, "half.json"), '{"id":"x","tur');
		equal((await store.all()).length, 1);
		await store.save(named("../../evil", 3, turn("1")));
		ok(readdirSync(folder).includes("evil.json"));
	});

	it("writes whole files, however many savings overlap", async () => {
		const store = new ChatStore(folder);
		await Promise.all(Array.from({ length: 20 }, (_, i) => store.save(named("many", i, turn(`${i}`)))));
		const { turns } = JSON.parse(readFileSync(join(folder, "many.json"), "utf8"));
		equal(turns[0].id, "19");
		deepEqual(
			readdirSync(folder).filter((name) => name.endsWith(".new")),
			[],
		);
	});

	it("keeps the newest where all together are too much", async () => {
		const store = new ChatStore(folder, { one: 10_000, all: 5_000 });
		await store.removeAll();
		for (const id of ["1", "2", "3"]) {
			await store.save(named(id, Number(id), turn(id, { answer: "x".repeat(2_000) })));
			await new Promise((resolve) => setTimeout(resolve, 15));
		}
		deepEqual(
			(await store.all()).map(({ id }) => id),
			["3", "2"],
		);
		await store.save(named("big", 4, turn("1", { answer: "x".repeat(6_000) })));
		deepEqual(
			(await store.all()).map(({ id }) => id),
			["big"],
		);
	});
});

describe("editor/chat/messages", () => {
	it("makes questions and answers in turn of whatever the editor's Chat sends", () => {
		const user = (content: string) => ({ role: "user" as const, content });
		const assistant = (content: string) => ({ role: "assistant" as const, content });
		deepEqual(conversationOf([user("rules"), user("hi"), assistant("a"), assistant("b"), user("now?")]), {
			messages: [user("rules\n\nhi"), assistant("a\n\nb")],
			question: "now?",
		});
		deepEqual(conversationOf([assistant("lost"), user("q"), assistant("a")]), {
			messages: [user("q"), assistant("a")],
			question: "Go on.",
		});
		deepEqual(conversationOf([user(" "), user("q")]), { messages: [], question: "q" });
		equal(textOf([{ value: "a" }, { data: 1 }, null, { value: "b" }, { value: 3 }]), "ab");
	});
});
