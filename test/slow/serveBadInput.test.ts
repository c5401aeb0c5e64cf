/** The serving process among storms, garbage, deletions and text that is none: it answers, with reasons, and holds no more than before. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { defaultSettings } from "#assist/situation";
import { defined } from "#base/assert";
import { seededAdapter } from "#engine/bench/decode";
import { attuneHome, packageRoot, programFile } from "#engine/home";
import { loadModel } from "#engine/loadModel";
import { ping } from "#protocol/calls";
import { complete, type ModelChoice, servingStatus, useAdapter, useModel } from "#protocol/serving";
import { type AskPart, ask, explain } from "#protocol/talking";
import { writeAdapter } from "#runtime/adapterFolder";
import { startChild } from "#supervise/child";
import { Supervisor } from "#supervise/supervisor";
import { writeTinyModel } from "#test/support/tinyModel";

const choice: ModelChoice = { format: "int8", threads: 1 };
const settings = { ...defaultSettings, threshold: 0, deadline: 60 };
const text = readFileSync(join(packageRoot(), "src/adapt/gate.ts"), "utf8");
const question = {
	conversation: "1",
	messages: [],
	question: "What is it?",
	useContext: false,
	seed: 1,
	maxTokens: 300,
};

describe("slow/serveBadInput", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-bad-"));
	const environment = { ATTUNE_HOME: join(place, "home") };
	const start = () => startChild({ file: programFile("serve"), environment, lean: true });
	let server: Supervisor;
	const at = (offset: number, more: { path?: string; text?: string } = {}, signal?: AbortSignal) => {
		const situation = { path: "a.ts", language: "typescript", text, offset, repository: "attune", ...more };
		return server.call(complete, { situation: { ...situation, trigger: "typing" }, settings }, signal);
	};
	before(async () => {
		server = new Supervisor({ start, backOff: [1, 1] });
		await server.call(useModel, choice);
	});
	after(async () => {
		await server.dispose();
		rmSync(place, { recursive: true, force: true });
	});

	it("ends a thousand overlapping requests that are cancelled, suggestions and answers, and holds no more memory", async () => {
		const storm = async () => {
			const aborts = Array.from({ length: 1_000 }, () => new AbortController());
			const calls = aborts.map(({ signal }, i) =>
				i % 10 === 0
					? server.callStream(ask, { ...question, conversation: `${i % 30}` }, { signal })
					: at(100 + (i % 900), {}, signal),
			);
			const ends = Promise.allSettled(calls);
			for (const [i, abort] of aborts.entries()) {
				if (i % 50 === 0) await pause(2);
				abort.abort();
			}
			// All of them come to an end: as a value or as the failure that says so.
			for (const end of await ends)
				if (end.status === "rejected") equal((end.reason as { code: string }).code, "cancelled");
		};
		// Memory grows to what a storm takes before it stays.
		for (let round = 0; round < 6; round++) await storm();
		const first = await server.call(ping, null);
		for (let round = 0; round < 3; round++) await storm();
		const last = await server.call(ping, null);
		ok(last.rssMiB < first.rssMiB + 24, `${first.rssMiB} to ${last.rssMiB} MiB`);
		await pause(1_000);
		const { cpuSeconds } = await server.call(ping, null);
		ok(cpuSeconds < last.cpuSeconds + 0.5, "nothing goes on that nobody waits for");
		ok(["completion", "silence"].includes((await at(400)).kind));
	}).timeout(240_000);

	it("goes on with an adapter whose folder is deleted, and says so when it is asked for again", async () => {
		const { config, weights, name } = await loadModel(undefined, attuneHome({ ATTUNE_HOME: environment.ATTUNE_HOME }));
		const folder = join(place, "adapter");
		writeAdapter(folder, seededAdapter(config), name, { baseModelHash: weights.hash });
		await server.call(useAdapter, { folder });
		const running = at(200);
		rmSync(folder, { recursive: true });
		for (const outcome of [await running, await at(300)])
			ok(outcome.kind === "completion" || !["cancelled", "superseded"].includes(outcome.reason), outcome.kind);
		equal((await server.call(servingStatus, null)).resident?.adapter, folder);
		await rejects(server.call(useAdapter, { folder }), { code: "adapter" });
		equal((await server.call(servingStatus, null)).resident?.adapter, folder);
		equal((await server.call(useAdapter, { folder: null })).adapter, null);
	});

	it("takes lone surrogates, control tokens and any name of a file for text", async () => {
		const texts = [
			"const a = '\ud800';\nconst b = ",
			"\udc00\udc00\ud800",
			"<|endoftext|><|fim_middle|>\nlet x = ",
			"\0\u2028\ufeff",
		];
		const paths = ["\ud800.ts", "<|fim_prefix|>.ts", "<|endoftext|>/<|file_sep|>", "", "../../..", "a\nb.ts"];
		for (const [i, bad] of texts.entries())
			for (const path of paths) {
				const outcome = await at(bad.length, { text: bad, path: `${path}${i}` });
				ok(outcome.kind === "completion" || outcome.reason !== "cancelled", JSON.stringify(outcome));
				if (outcome.kind === "completion") ok(!/<\|\w+\|>/.test(outcome.text), outcome.text);
			}
		for (const offset of [-1, 1.5, text.length + 1, Number.NaN])
			deepEqual(await at(offset), { kind: "silence", reason: "noSuchPlace" });
		equal((await at(0, { text: "" })).kind, "silence");
	});

	it("takes lone surrogates for text in questions, explanations, attached files and their paths", async () => {
		const lone = "const a = '\ud800';\n\udc00 // \ud83d\n";
		const file = join(place, "lone.ts");
		writeFileSync(file, "const a = 1;\n");
		const paths = [file, join(place, "\ud800.ts"), "\udfff"];
		const short = { ...question, maxTokens: 3 };
		const messages = [
			{ role: "user" as const, content: lone },
			{ role: "assistant" as const, content: lone },
		];
		const asked = await server.callStream(ask, { ...short, messages, question: lone }, {});
		equal(asked.messages.length, 4);
		for (const path of paths) {
			const parts: AskPart[] = [];
			const attached = [{ file: path, text: lone }];
			await server.callStream(ask, { ...short, attached }, { onPart: (part) => parts.push(part) });
			const leftOut = parts.flatMap((part) => (part.kind === "leftOut" ? part.parts : []));
			deepEqual(
				leftOut.map(({ reason }) => reason),
				path === file ? [] : ["unreadable"],
			);
			const explained = server.callStream(explain, { file: path, text: lone, part: { kind: "file" } }, {});
			if (path === file) equal((await explained).context[0]?.path, "lone.ts");
			else await rejects(explained, { code: "workspace" });
		}
	});

	for (const [name, template] of [
		["loops without end", "{% for i in range(1000000000) %}x{% endfor %}"],
		["nests loops", `${"{% for i in range(1000) %}".repeat(4)}x${"{% endfor %}".repeat(4)}`],
		["is cut off", "{% for m in messages %}{{ m.content "],
		["refuses all questions", "{% if messages[0].content != 'a' %}{{ raise_exception('no') }}{% endif %}x"],
	] as const)
		it(`suggests with a model whose chat template ${name}, and says so when it is to talk`, async () => {
			const model = writeTinyModel(join(place, name));
			const config = join(model, "tokenizer_config.json");
			const known = JSON.parse(readFileSync(config, "utf8")) as object;
			writeFileSync(config, JSON.stringify({ ...known, chat_template: template }));
			const begun = performance.now();
			await server.call(useModel, { ...choice, model });
			ok(performance.now() - begun < 5_000);
			const outcome = await at(200);
			ok(outcome.kind === "completion" || !["cancelled", "superseded"].includes(outcome.reason));
			const parts: AskPart[] = [];
			const asking = server.callStream(ask, { ...question, maxTokens: 3 }, { onPart: (part) => parts.push(part) });
			if (name === "refuses all questions") await rejects(asking, { code: "config", message: /refuses/ });
			else {
				await asking;
				ok(parts.some((part) => part.kind === "notice" && /template does not work/.test(part.text)));
			}
			await server.call(useModel, choice);
		});

	it("rejects an answer that is under way when the process is killed, and starts another", async () => {
		const parts: string[] = [];
		const pid = server.state.kind === "running" ? (server.state.pid ?? 0) : 0;
		ok(pid > 0);
		const lost = server.callStream(ask, question, {
			onPart: (part) => {
				if (part.kind === "text") parts.push(part.text);
				if (parts.length === 3) process.kill(pid, "SIGKILL");
			},
		});
		await rejects(lost, { code: "process" });
		ok(parts.length >= 3 && parts.length < 50, `${parts.length} parts`);
		await server.call(useModel, choice);
		ok(["completion", "silence"].includes((await at(400)).kind));
	});

	it("answers on among messages that are none, calls nobody knows and parameters of other shapes", async () => {
		const child = fork(programFile("serve"), [], {
			...{ serialization: "advanced", stdio: "ignore", execArgv: [] },
			env: { ...process.env, ...environment },
		} as object);
		interface Message {
			readonly id?: number;
			readonly result?: unknown;
			readonly error?: unknown;
		}
		const answers = new Map<number, Message>();
		child.on("message", (message: Message) => {
			if (typeof message?.id === "number") answers.set(message.id, message);
		});
		const garbage = [null, 7, "x", [], {}, { jsonrpc: "2.0" }, { id: 1 }, { jsonrpc: "2.0", id: {}, method: 3 }];
		for (const bad of [...garbage, new Uint8Array(1_000_000), { jsonrpc: "2.0", id: 99, result: "unasked" }])
			child.send(bad as object);
		child.send({ jsonrpc: "2.0", method: "nothing/known", params: { a: 1 } });
		const calls = [
			...["nothing/known", "serving/complete", "serving/useAdapter", "serving/lastPrompt", "talking/ask"],
			...["talking/explain", "talking/countTokens", "history/list", "surprise/lines"],
		];
		for (const [i, method] of calls.entries())
			for (const [k, params] of [null, 7, "x", {}, { situation: 5, settings: "no" }].entries())
				child.send({ jsonrpc: "2.0", id: 1_000 + 10 * i + k, method, params });
		child.send({ jsonrpc: "2.0", id: 1, method: ping.method, params: null });
		const answered = () => calls.every((_, i) => [0, 1, 2, 3, 4].every((k) => answers.has(1_000 + 10 * i + k)));
		for (let waited = 0; waited < 400 && !(answers.has(1) && answered()); waited++) await pause(50);
		ok(answered(), `${answers.size} answers`);
		// Without a model there is nothing to suggest, whatever was asked.
		for (let k = 0; k < 5; k++) ok(answers.get(1_010 + k)?.error !== undefined);
		const vitals = defined(answers.get(1), "vitals").result as { rssMiB: number };
		ok(vitals.rssMiB > 10);
		equal(child.exitCode, null);
		child.kill();
	});
});
