/** The decoder on a tiny model: what is kept between requests and what is guessed ahead changes no token. */
import { deepEqual, equal, notDeepEqual, ok, rejects, throws } from "node:assert/strict";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { type DecodedToken, type DecodeRequest, type Decoder, greedy } from "#assist/decoder";
import { CancelSource, neverCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { Patience } from "#engine/serving/patience";
import { readAdapter } from "#runtime/adapterFolder";
import type { OrtDecoder } from "#runtime/decode/decoder";
import { DecodeSession } from "#runtime/decode/decodeSession";
import { readGolden } from "./fixture.ts";
import { OpenedGolden } from "./opened.ts";

const golden = readGolden("llama-tied");
const window = (golden.reference.windows[0] as number[]).slice(0, 24);
const context = 300;

describe("golden/decoder", () => {
	let opened: OpenedGolden;
	let decoder: OrtDecoder;

	before(async () => {
		opened = await OpenedGolden.open(golden, "float32");
		decoder = await opened.openDecoder(context);
	});
	after(async () => {
		await decoder.release();
		await opened.close();
	});

	it("writes what the learner's graphs write, with an adapter and without", async () => {
		const options = { maxTokens: 20, stop: new Set<number>() };
		const prompt = Int32Array.from(window);
		const asked = { prompt: window, maxTokens: 20 };
		opened.setAdapter(golden.adapter);
		decoder.setAdapter("of PEFT", readAdapter(join(golden.folder, "adapter"), golden.config, opened.hash));
		const [off, on] = [await write(decoder, asked), await write(decoder.adapted("of PEFT"), asked)];
		deepEqual(ids(off), [...(await opened.learner.generate(prompt, options, "off"))]);
		deepEqual(ids(on), [...(await opened.learner.generate(prompt, options, "on"))]);
		ok(ids(on).some((id, i) => id !== ids(off)[i]));
		deepEqual(ids(await write(decoder, asked)), ids(off));
		const waiting = decoder.adapted("of PEFT");
		decoder.removeAdapter("of PEFT");
		deepEqual(ids(await write(waiting, asked)), ids(on), "a request that waited while the adapter was removed");
		throws(() => decoder.adapted("of PEFT").decode(request(asked), neverCancelled), isError("adapter"));
	});

	it("gives the logarithm of each token's probability", async () => {
		const [token] = (await write(decoder, { prompt: window.slice(0, 8), maxTokens: 1 })) as [DecodedToken];
		const logits = golden.logits.subarray(7 * golden.config.vocabularySize, 8 * golden.config.vocabularySize);
		const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
		ok(Math.abs(token.logProbability - ((logits[token.id] as number) - Math.log(sum))) < 1e-5);
	});

	for (const format of ["float32", "int8", "int4"] as const)
		it(`gives the same tokens whatever a sequence held before and whatever is drafted, in ${format}`, async () => {
			const other = await opened.openDecoder(context, 1e8, format, 2);
			other.setAdapter("of PEFT", readAdapter(join(golden.folder, "adapter"), golden.config, opened.hash));
			await writesTheSame(other);
			await writesTheSame(other.adapted("of PEFT"));
			await other.release();
		});

	it("ends at a stop id, at the number asked for and at the end of the context", async () => {
		const plain = ids(await write(decoder, { prompt: window, maxTokens: 12 }));
		const stop = plain[5] as number;
		const first = plain.indexOf(stop);
		deepEqual(ids(await write(decoder, { prompt: window, maxTokens: 12, stop: [stop] })), plain.slice(0, first));
		deepEqual(await write(decoder, { prompt: window, maxTokens: 0 }), []);
		for (const drafts of [undefined, [Int32Array.from(plain)]]) {
			const asked = { prompt: window, maxTokens: 1_000, ...(drafts && { drafts }) };
			equal((await write(decoder, asked)).length, context - window.length);
		}
	});

	it("refuses prompts that it cannot read, with reason and remedy", async () => {
		await rejects(write(decoder, { prompt: [] }), isError("usage"));
		await rejects(write(decoder, { prompt: Array<number>(context).fill(1) }), isError("usage"));
		await rejects(write(decoder, { prompt: [1, golden.config.vocabularySize] }), isError("tokenizer"));
		await rejects(write(decoder, { prompt: [-1] }), isError("tokenizer"));
	});

	it("stops at once when cancelled, also between the parts of a prompt", async () => {
		const cancel = new CancelSource();
		const tokens = decoder.decode(request({ prompt: window, maxTokens: 100 }), cancel)[Symbol.asyncIterator]();
		await tokens.next();
		cancel.cancel();
		await rejects(async () => tokens.next(), isError("cancelled"));

		const early = new CancelSource();
		const long = Array.from({ length: 290 }, (_, i) => i % 50);
		const reading = write(decoder, { prompt: long, sequence: "long" }, early);
		setImmediate(() => early.cancel());
		const rows = await rowsOf(() => rejects(reading, isError("cancelled")));
		deepEqual(rows, [64], "no more than the part that had begun");
	});

	it("reads what is new alone: one more id, and another sequence between", async () => {
		const text = Array.from({ length: 150 }, (_, i) => (7 * i) % 50);
		const read = (prompt: readonly number[], sequence: string, by: Decoder = decoder) =>
			rowsOf(() => write(by, { prompt, sequence, maxTokens: 1 }));
		deepEqual(await read(text.slice(0, 149), "new a"), [64, 64, 21]);
		deepEqual(await read(text, "new a"), [1]);
		deepEqual(await read(text.toReversed(), "new b"), [64, 64, 22]);
		deepEqual(await read(text, "new a"), [1], "after another one");
		const changed = [...text.slice(0, 100), 3, ...text.slice(101)];
		deepEqual(await read(changed, "new a"), [28, 22], "from the first id that differs");
	});

	it("reads no more of a prompt than the part that has begun while a suggestion is being written", async () => {
		const patience = new Patience();
		const long = Array.from({ length: 290 }, (_, i) => i % 50);
		const asked = { prompt: long, sequence: "chat", maxTokens: 3 };
		const alone = await write(decoder, asked);
		let said: DecodedToken[] = [];
		const rows = await rowsOf(async () => {
			const chat = write(patience.decoder(decoder), { ...asked, sequence: "patient chat" });
			await new Promise(setImmediate);
			await patience.first(() => write(decoder, { prompt: window, sequence: "typing", maxTokens: 4 }));
			said = await chat;
		});
		deepEqual(rows, [64, window.length, 1, 1, 1, 64, 64, 64, 34, 1, 1]);
		deepEqual(ids(said), ids(alone));
	});

	it("drops the sequence that was not used for the longest", async () => {
		const small = await opened.openDecoder(context, 1e8);
		const text = Array.from({ length: 60 }, (_, i) => i % 50);
		const read = (sequence: string, by: Decoder) => rowsOf(() => write(by, { prompt: text, sequence, maxTokens: 1 }));
		await read("one", small);
		const two = await opened.openDecoder(context, 2 * small.cacheBytes);
		for (const sequence of ["a", "b", "a", "c"]) await read(sequence, two);
		equal(two.cacheBytes, 2 * small.cacheBytes);
		deepEqual(await read("a", two), [1]);
		deepEqual(await read("c", two), [1]);
		deepEqual(await read("b", two), [60], "b was used before a");
		for (const each of [small, two]) await each.release();
	});

	it("keeps what each adapter reads apart, under two names in turn and replaced under one", async () => {
		const first = readAdapter(join(golden.folder, "adapter"), golden.config, opened.hash);
		const modules = [...first.modules].map(([name, { a, b }]) => [name, { a: a.map((x) => -x), b }] as const);
		const second = { ...first, modules: new Map(modules) };
		const other = await opened.openDecoder(context);
		const asked = { prompt: window, maxTokens: 12, sequence: "same" };
		other.setAdapter("first", first);
		other.setAdapter("second", second);
		const alone = { first: ids(await write(other.adapted("first"), asked)), second: [] as number[] };
		alone.second = ids(await write(other.adapted("second"), asked));
		notDeepEqual(alone.first, alone.second);
		for (let turn = 0; turn < 3; turn++)
			for (const name of ["first", "second"] as const) {
				let written: DecodedToken[] = [];
				const rows = await rowsOf(async () => {
					written = await write(other.adapted(name), asked);
				});
				deepEqual(ids(written), alone[name]);
				equal(rows[0], 1, "its own keys and values are still there");
			}
		other.setAdapter("first", second);
		const rows = await rowsOf(async () => deepEqual(ids(await write(other.adapted("first"), asked)), alone.second));
		equal(rows[0], window.length, "nothing of the adapter that was replaced is used");
		await other.release();
	});

	it("lets requests of several sequences overlap, and the later one of the same sequence win", async () => {
		const prompts = [window, window.toReversed(), window.slice(3)];
		const alone = [];
		for (const [i, prompt] of prompts.entries()) alone.push(await write(decoder, { prompt, sequence: `alone ${i}` }));
		const together = await Promise.all(
			prompts.map((prompt, i) => write(decoder, { prompt, sequence: `together ${i}` })),
		);
		deepEqual(together.map(ids), alone.map(ids));

		const older = write(decoder, { prompt: window, sequence: "same", maxTokens: 200 });
		const refused = rejects(older, isError("cancelled"));
		const newer = write(decoder, { prompt: prompts[1] as number[], sequence: "same" });
		await refused;
		deepEqual(ids(await newer), ids(alone[1] as DecodedToken[]));
	});

	it("lets the later one of the same sequence win, wherever the earlier one is in its prompt", async () => {
		const long = Array.from({ length: 290 }, (_, i) => i % 50);
		const alone = ids(await write(decoder, { prompt: window, sequence: "alone" }));
		for (let turns = 0; turns < 16; turns++) {
			const refused = rejects(write(decoder, { prompt: long, sequence: "same" }), isError("cancelled"));
			for (let turn = 0; turn < turns; turn++) await nextTurn();
			deepEqual(ids(await write(decoder, { prompt: window, sequence: "same" })), alone, `after ${turns} turns`);
			await refused;
		}
	});

	it("keeps no more keys and values than it may, however many requests are cancelled", async () => {
		const small = await opened.openDecoder(context, 1);
		const storm = Array.from({ length: 200 }, async (_, i) => {
			const cancel = new CancelSource();
			setTimeout(() => cancel.cancel(), i % 7);
			await write(small, { prompt: window, sequence: `file ${i % 20}`, maxTokens: 200 }, cancel).catch((error) => {
				ok(isError("cancelled")(error));
			});
		});
		await Promise.all(storm);
		equal(small.cacheBytes, 0);
		deepEqual(
			ids(await write(small, { prompt: window, maxTokens: 9 })),
			ids(await write(decoder, { prompt: window, maxTokens: 9 })),
		);
		const left = write(small, { prompt: window, maxTokens: 200 });
		const ended = rejects(left, isError("cancelled"));
		await new Promise((resolve) => setTimeout(resolve, 5));
		await small.release();
		await ended;
	});
});

/** New rows of each run that `work` needs. */
async function rowsOf(work: () => Promise<unknown>): Promise<number[]> {
	const rows: number[] = [];
	const { run, read } = DecodeSession.prototype;
	DecodeSession.prototype.run = function (this: DecodeSession, ...of) {
		rows.push(of[1].length);
		return run.apply(this, of);
	};
	DecodeSession.prototype.read = function (this: DecodeSession, ...of) {
		rows.push(of[1].length);
		return read.apply(this, of);
	};
	try {
		await work();
	} finally {
		Object.assign(DecodeSession.prototype, { run, read });
	}
	return rows;
}

type Asked = Omit<Partial<DecodeRequest>, "prompt"> & { readonly prompt: readonly number[] };

function request({ prompt, ...rest }: Asked): DecodeRequest {
	return { maxTokens: 10, sampling: greedy, stop: [], sequence: "a", ...rest, prompt: Int32Array.from(prompt) };
}

async function write(decoder: Decoder, asked: Asked, cancel = neverCancelled): Promise<DecodedToken[]> {
	const tokens: DecodedToken[] = [];
	for await (const token of decoder.decode(request(asked), cancel)) tokens.push(token);
	return tokens;
}

function ids(tokens: readonly DecodedToken[]): number[] {
	return tokens.map(({ id }) => id);
}

function isError(code: string): (error: unknown) => boolean {
	return (error) => error instanceof AttuneError && error.code === code && error.remedy !== "";
}

/** Fails if the decoder writes another token, or finds it more or less likely, after reading old keys and values, or with drafts that are right, wrong or both. */
async function writesTheSame(decoder: Decoder): Promise<void> {
	const id = fc.nat(golden.config.vocabularySize - 1);
	const text = fc.oneof(
		fc.array(id, { minLength: 1, maxLength: 90 }),
		// The beginning of one text, as while typing.
		fc.nat({ max: window.length - 1 }).map((length) => window.slice(0, length + 1)),
	);
	const drawn = { ...greedy, temperature: 0.9, topP: 0.9, repetitionPenalty: 1.2, seed: 3 };
	const sampling = fc.constantFrom(greedy, { ...greedy, noRepeatNgram: 3 }, drawn);
	const wanted = fc.record({
		prompt: text,
		maxTokens: fc.integer({ min: 1, max: 24 }),
		sampling,
		sources: fc.nat(2),
	});
	let fresh = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(wanted, { minLength: 1, maxLength: 4 }), async (requests) => {
			for (const { sources, ...asked } of requests) {
				const plain = await write(decoder, { ...asked, sequence: `fresh ${fresh++}` });
				const right = Int32Array.from([...asked.prompt, ...ids(plain)]);
				const wrong = right.map((token, i) => (i % 5 === 4 ? (token + 1) % golden.config.vocabularySize : token));
				const drafts = [[], [right], [wrong, right]][sources] as Int32Array[];
				deepEqual(await write(decoder, { ...asked, sequence: "kept", drafts }), plain);
			}
		}),
		{ numRuns: 20, seed: 1 },
	);
}
