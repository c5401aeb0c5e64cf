import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { answer, Chat, type ChatEvent, type ChatModel, chatSampling } from "#assist/chat";
import { greedy } from "#assist/decoder";
import { CancelSource, neverCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { goldenJson, goldenTokenizer } from "#test/golden/tokenizerGolden";
import { openChatFormat } from "#text/chatTemplate";
import { loadTokenizer } from "#text/loadTokenizer";
import { FakeDecoder } from "./fakeDecoder.ts";

const tokenizer = goldenTokenizer("starcoder");

function model(
	context: number,
	says: string | ((prompt: string) => string),
): ChatModel & { readonly decoder: FakeDecoder } {
	const jinja = "{% for m in messages %}{{ m.role[0] }}:{{ m.content }};{% endfor %}a:";
	const format = openChatFormat({ jinja, tokenizerConfig: {}, file: "t" }, tokenizer);
	const decoder = new FakeDecoder(tokenizer, context);
	decoder.says = ({ prompt }) => (typeof says === "string" ? says : says(tokenizer.decode(prompt)));
	return { decoder, tokenizer, format };
}

function chat(of: ChatModel, system = "", maxTokens = 40): Chat {
	return new Chat(of, { sequence: "chat:1", sampling: chatSampling, maxTokens, system });
}

async function all(events: AsyncIterable<ChatEvent>): Promise<{ text: string; events: readonly ChatEvent[] }> {
	const list: ChatEvent[] = [];
	for await (const event of events) list.push(event);
	return { text: list.map((event) => (event.kind === "text" ? event.text : "")).join(""), events: list };
}

describe("assist/chat", () => {
	it("sends what was said before, and the context only with its question", async () => {
		const of = model(1024, "Fine.");
		const talk = chat(of, "S");
		equal((await all(talk.ask("How?", "CONTEXT", neverCancelled))).text, "Fine.");
		const { events } = await all(talk.ask("Why?", "", neverCancelled));
		deepEqual(
			of.decoder.requests.map(({ prompt }) => tokenizer.decode(prompt)),
			["s:S;u:CONTEXT\n\nHow?;a:", "s:S;u:How?;a:Fine.;u:Why?;a:"],
		);
		const { tokens, promptTokens, ...end } = events.at(-1) as ChatEvent & { kind: "end" };
		deepEqual(end, { kind: "end", reason: "finished" });
		deepEqual([tokens, promptTokens], [tokenizer.encode("Fine.", true).length, of.decoder.requests[1]?.prompt.length]);
		equal(talk.messages.length, 4);
	});

	it("has no room for a context that would make a question too long which fits alone", async () => {
		const of = model(256, "Fine.");
		const talk = chat(of, "S");
		const rooms: number[] = [];
		const part = tokenizer.encode(" word".repeat(256));
		for (let length = 1; length <= 200; length += 8) {
			const question = tokenizer.decode(part.slice(0, length));
			const room = talk.roomFor(question, 1 / 3);
			rooms.push(room);
			const { events } = await all(talk.ask(question, tokenizer.decode(part.slice(0, room)), neverCancelled));
			equal(events.at(-1)?.kind, "end");
			talk.clear();
		}
		deepEqual([rooms[0], rooms.at(-1)], [85, 0]);
	});

	it("drafts from the prompt what is likeliest, and nothing that is drawn", async () => {
		for (const [sampling, drafts] of [
			[greedy, []],
			[chatSampling, undefined],
		] as const) {
			const of = model(1024, "Fine.");
			const options = { sequence: "explain", sampling, maxTokens: 40 };
			await all(answer([{ role: "user", content: "How?" }], of, options, neverCancelled));
			deepEqual(of.decoder.requests[0]?.drafts, drafts);
		}
	});

	it("drops whole turns, the oldest first, and says so", async () => {
		const of = model(160, "ok");
		const talk = chat(of, "SYSTEM");
		const dropped: number[] = [];
		for (let i = 0; i < 6; i++) {
			const { events } = await all(talk.ask(`question number ${i} with some words in it`, "", neverCancelled));
			dropped.push(events[0]?.kind === "dropped" ? events[0].messages : 0);
		}
		equal(dropped[0], 0);
		ok(
			(dropped.at(-1) ?? 0) > 0 && dropped.every((count, i) => count >= (dropped[i - 1] ?? 0) && count % 2 === 0),
			`${dropped}`,
		);
		const last = tokenizer.decode(of.decoder.requests.at(-1)?.prompt ?? []);
		const from = (dropped.at(-1) ?? 0) / 2;
		ok(last.startsWith(`s:SYSTEM;u:question number ${from} with some words in it;a:ok;`), last);
		// What is shown to the user is whole.
		equal(talk.messages.length, 12);
		for (const { prompt } of of.decoder.requests) ok(prompt.length + 40 <= 160);
	});

	it("refuses a message that cannot fit, with the counts", async () => {
		const talk = chat(model(100, "ok"));
		await rejects(
			all(talk.ask("many words ".repeat(100), "", neverCancelled)),
			(error) =>
				error instanceof AttuneError &&
				error.code === "usage" &&
				/has \d{3} tokens; this model takes 100, 25 of/.test(error.message),
		);
		deepEqual(talk.messages, []);
		equal((await all(talk.ask("Hi", "", neverCancelled))).text, "ok");
	});

	it("ends at the length asked for, and says so", async () => {
		const { events } = await all(chat(model(1024, "word ".repeat(100)), "", 7).ask("Hi", "", neverCancelled));
		deepEqual(
			[
				events.at(-1)?.kind,
				(events.at(-1) as { reason?: string }).reason,
				(events.at(-1) as { tokens?: number }).tokens,
			],
			["end", "length", 7],
		);
	});

	it("writes no faster than it is read", async () => {
		const of = model(1024, "one two three four five six");
		let made = 0;
		of.decoder.beforeToken = () => made++;
		const events = chat(of).ask("Hi", "", neverCancelled);
		await events.next();
		const first = made;
		for (let i = 0; i < 50; i++) await Promise.resolve();
		deepEqual([first, made], [1, 1]);
		await events.return();
		equal(of.decoder.running, 0);
	});

	it("stops within a token when it is cancelled, and keeps what was said", async () => {
		const of = model(1024, "one two three four five six");
		const talk = chat(of);
		const cancel = new CancelSource();
		let made = 0;
		of.decoder.beforeToken = () => {
			if (++made === 3) cancel.cancel();
		};
		await rejects(
			all(talk.ask("Hi", "", cancel)),
			(error) => error instanceof AttuneError && error.code === "cancelled",
		);
		equal(made, 3);
		deepEqual(talk.messages, [
			{ role: "user", content: "Hi" },
			{
				role: "assistant",
				content: tokenizer.decode(tokenizer.encode("one two three four", true).subarray(0, 2), true),
			},
		]);
		equal(of.decoder.running, 0);
	});

	it("gives another answer by another seed, in place of the last", async () => {
		const of = model(1024, "ok");
		const talk = chat(of);
		await all(talk.ask("Hi", "", neverCancelled));
		await all(talk.regenerate("", neverCancelled));
		await all(talk.regenerate("", neverCancelled));
		equal(talk.messages.length, 2);
		const seeds = of.decoder.requests.map(({ sampling }) => sampling.seed);
		equal(new Set(seeds).size, 3);
		equal(new Set(of.decoder.requests.map(({ prompt }) => tokenizer.decode(prompt))).size, 1);
	});

	it("keeps the old answer when no new one came", async () => {
		const of = model(1024, "ok");
		const talk = chat(of);
		await all(talk.ask("Hi", "", neverCancelled));
		const cancel = new CancelSource();
		cancel.cancel();
		await rejects(all(talk.regenerate("", cancel)));
		equal(talk.messages.at(-1)?.content, "ok");
	});

	it("takes a question back to ask it otherwise", async () => {
		const talk = chat(model(1024, "ok"));
		equal(talk.takeBack(), undefined);
		await rejects(all(talk.regenerate("", neverCancelled)), /no answer to give anew/);
		await rejects(all(talk.ask(" \n", "", neverCancelled)), /the question is empty/);
		await all(talk.ask("One", "", neverCancelled));
		await all(talk.ask("Two", "", neverCancelled));
		equal(talk.takeBack(), "Two");
		deepEqual(
			talk.messages.map(({ content }) => content),
			["One", "ok"],
		);
		talk.clear();
		deepEqual(talk.messages, []);
	});

	describe("with a model that thinks", () => {
		const { added_tokens: known, ...rest } = goldenJson("starcoder") as { added_tokens: { id: number }[] };
		const first = Math.max(...known.map(({ id }) => id)) + 1;
		const marks = ["<think>", "</think>"].map((content, i) => ({ id: first + i, content, special: false }));
		const thinker = loadTokenizer({ tokenizer: { ...rest, added_tokens: [...known, ...marks] }, file: "t" });
		const [open = 0, close = 0] = marks.map(({ id }) => id);
		const ids = (text: string) => [...thinker.encode(text, true)];
		const thinking = (opened: boolean, says: readonly number[]) => {
			const jinja = `{% for m in messages %}{{ m.content }};{% endfor %}a:${opened ? "<think>" : ""}`;
			const format = openChatFormat({ jinja, tokenizerConfig: {}, file: "t" }, thinker);
			const decoder = new FakeDecoder(thinker, 4096);
			decoder.says = () => Int32Array.from(says);
			return { decoder, tokenizer: thinker, format };
		};

		it("neither shows nor keeps what it thought, whoever opened the thought", async () => {
			const [thought, said] = [ids("Okay, the user asks."), ids("\n\nIt adds.")];
			for (const of of [
				thinking(true, [...thought, close, ...said]),
				thinking(false, [open, ...thought, close, ...said]),
			]) {
				ok(!of.format.stop.includes(open) && !of.format.stop.includes(close));
				const talk = chat(of, "", 40);
				const { text, events } = await all(talk.ask("What?", "", neverCancelled));
				const { reason, tokens } = events.at(-1) as ChatEvent & { kind: "end" };
				deepEqual([text, reason, tokens], ["It adds.", "finished", said.length]);
				equal(talk.messages[1]?.content, "It adds.");
			}
		});

		it("leaves its answer the length it was given, however long the template makes it think", async () => {
			const long = Array.from({ length: 500 }, () => ids("x")[0] ?? 0);
			const of = thinking(true, [...long, close, ...ids("y".repeat(200))]);
			const { text, events } = await all(chat(of, "", 10).ask("What?", "", neverCancelled));
			const { reason, tokens } = events.at(-1) as ChatEvent & { kind: "end" };
			deepEqual([reason, tokens, text.length > 0], ["length", 10, true]);
			const endless = thinking(true, [...long, ...long, ...long, ...long, ...long]);
			const end = (await all(chat(endless, "", 10).ask("What?", "", neverCancelled))).events.at(-1);
			deepEqual(end?.kind === "end" && [end.reason, end.tokens], ["length", 0]);
		});
	});
});
