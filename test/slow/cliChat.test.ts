import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programFile } from "#engine/home";
import { parseConfig } from "#models/config";
import { goldenJson } from "#test/golden/tokenizerGolden";
import { craftTensors, randomTensors, tinyConfigJson } from "#test/runtime/crafted";
import { inTemporaryFolder } from "#test/runtime/temporary";
import { done, failed } from "./commandLine.ts";

interface Answer {
	readonly text: string;
	readonly tokens: number;
	readonly reason: string;
	readonly notice?: string;
	readonly context: readonly { readonly path: string; readonly lines: readonly [number, number] }[];
	readonly milliseconds: { readonly load: number; readonly prompt: number; readonly decode: number };
}

const code = "import os\n\ndef add(a, b):\n    return a + b\n";

/** A folder that is home and project in one. */
function inPlace(work: (folder: string, place: { readonly home: string }) => Promise<void>): Promise<void> {
	return inTemporaryFolder(async (folder) => {
		mkdirSync(join(folder, "project"));
		writeFileSync(join(folder, "project/sums.py"), code);
		writeFileSync(join(folder, "project/.env"), "TOKEN=1\n");
		await work(join(folder, "project"), { home: join(folder, "home") });
	});
}

function checkTimes({ milliseconds: { load, prompt, decode }, tokens }: Answer): void {
	for (const time of [load, prompt, decode]) ok(Number.isFinite(time) && time >= 0);
	ok(Number.isInteger(tokens) && tokens >= 0);
}

describe("attune chat and explain", () => {
	it("explain says what it is about, the same each time", () =>
		inPlace(async (folder, place) => {
			const words = ["explain", join(folder, "sums.py"), "--symbol", "add"];
			const [first, second] = [await done<Answer>(words, place), await done<Answer>(words, place)];
			deepEqual(first.context, [{ path: "sums.py", lines: [3, 4] }]);
			equal(first.text, second.text);
			checkTimes(first);
		}));

	it("explain asks a model with the shipped one's template in its fixed way, for one short sentence", () =>
		inPlace(async (folder, place) => {
			const model = join(folder, "../model");
			writeChatModel(model);
			const answer = await done<Answer>(
				["explain", join(folder, "sums.py"), "--lines", "3-4", "--model", model],
				place,
			);
			match(answer.notice ?? "", /one sentence, which may be wrong; it does not converse/);
			ok(answer.tokens <= 64);
			const chat = await done<Answer>(["chat", "--prompt", "Hi", "--tokens", "3", "--model", model], place);
			match(chat.notice ?? "", /does not converse/);
		}));

	it("explain says of a problem what the code does, and that the shipped model does not read the message", () =>
		inPlace(async (folder, place) => {
			const file = join(folder, "sums.py");
			const problem = await done<Answer>(["explain", file, "--line", "4", "--message", "'b' is not a number"], place);
			deepEqual(problem.context, [{ path: "sums.py", lines: [3, 4] }]);
			match(problem.notice ?? "", /does not read the problem's message/);
			const code = await done<Answer>(["explain", file, "--symbol", "add"], place);
			equal(problem.text, code.text);
			ok(!code.notice?.includes("problem"));
		}));

	it("explain and chat refuse what they cannot do, with the reason", () =>
		inPlace(async (folder, place) => {
			const file = join(folder, "sums.py");
			const cases: [string[], number, RegExp][] = [
				[["explain", file, "--lines", "3-9"], 2, /there is nothing at lines 3 to 9/],
				[["explain", file, "--lines", "x"], 2, /--lines is A-B/],
				[["explain", file, "--symbol", "sub"], 2, /nothing named "sub"/],
				[["explain", file, "--symbol", "add", "--lines", "1-2"], 2, /exclude each other/],
				[["explain", file, "--line", "2"], 2, /belong together/],
				[["explain", join(folder, ".env")], 1, /not for a model \(secretName/],
				[["explain", folder], 1, /this is a folder/],
				[["explain", join(folder, "none.py")], 1, /none.py/],
				[["chat"], 2, /--json needs --prompt/],
				[["chat", "--prompt", " "], 2, /the question is empty/],
				[["chat", "--prompt", "word ".repeat(3000)], 2, /has \d+ tokens; this model takes 2048/],
				[["chat", "--prompt", "Hi", join(folder, "none")], 1, /none/],
				[["chat", "--prompt", "Hi", "--adapter", folder], 1, /adapter/],
			];
			for (const [words, exit, reason] of cases) {
				const { code: ended, error } = await failed(words, place);
				match(error.reason, reason, words.join(" "));
				equal(ended, exit, words.join(" "));
			}
		}));

	it("chat answers with the parts of the project it read, by its seed", () =>
		inPlace(async (folder, place) => {
			const ask = (seed: string) =>
				done<Answer>(["chat", "--prompt", "What does add do?", "--tokens", "24", "--seed", seed, folder], place);
			const [first, again, other] = [await ask("1"), await ask("1"), await ask("2")];
			deepEqual(first.context, [{ path: "sums.py", lines: [1, 4] }]);
			equal(first.text, again.text);
			ok(first.text !== other.text);
			checkTimes(first);
		}));

	it("chat answers a long question, with as much of the project as there is room for beside it", () =>
		inPlace(async (folder, place) => {
			for (let i = 0; i < 8; i++) writeFileSync(join(folder, `add${i}.py`), code.repeat(12));
			// Of the 2,048 positions 512 stay free for the answer.
			const ask = async (words: number) => {
				const question = `What does add do? ${"Say it in short, plain words. ".repeat(words)}`;
				return (await done<Answer>(["chat", "--prompt", question, "--tokens", "512", folder], place)).context.length;
			};
			const [short, long] = [await ask(1), await ask(150)];
			ok(short > long, `${short} parts, ${long} beside the long question`);
		}));

	it("chat converses over its input, and an interrupt stops the answer, not the conversation", () =>
		inPlace(async (folder, { home }) => {
			const model = join(folder, "../model");
			writeChatModel(model);
			const words = ["chat", "--tokens", "6000", "--model", model, folder];
			const child = spawn(process.execPath, [programFile("cli"), ...words], {
				env: { ...process.env, ATTUNE_HOME: home },
				stdio: ["pipe", "pipe", "pipe"],
			});
			let [out, err] = ["", ""];
			child.stdout.setEncoding("utf8").on("data", (text: string) => {
				out += text;
			});
			child.stderr.setEncoding("utf8").on("data", (text: string) => {
				err += text;
			});
			const until = async (ready: () => boolean): Promise<void> => {
				while (!ready() && child.exitCode === null) await new Promise((next) => setTimeout(next, 10));
				ok(ready(), `${out}\n${err}`);
			};
			child.stdin.write("Tell me about add\n");
			await until(() => out.length > 40);
			child.kill("SIGINT");
			await until(() => err.includes("(stopped)"));
			child.stdin.write("/context\n");
			await until(() => err.includes("sums.py:1-4"));
			child.stdin.write("/nonsense\n/help\n");
			await until(() => err.includes("There is no /nonsense") && err.includes("/again "));
			child.stdin.end("/clear\n/again\n");
			await new Promise((resolve) => child.once("close", resolve));
			equal(child.exitCode, 0);
			match(err, /there is no answer to give anew/);
		}));
});

/** A tiny random model that is talked to as the shipped one. */
function writeChatModel(folder: string): void {
	mkdirSync(folder);
	const { added_tokens: known, ...rest } = goldenJson("starcoder") as { added_tokens: { id: number }[] };
	const first = Math.max(...known.map(({ id }) => id)) + 1;
	const added = ["<|system|>", "<|user|>", "<|assistant|>", "<|im_end|>"].map((content, i) => ({
		id: first + i,
		content,
		special: true,
	}));
	const configJson = {
		...tinyConfigJson,
		vocab_size: 2560,
		bos_token_id: null,
		eos_token_id: first + 3,
		max_position_embeddings: 8192,
	};
	writeFileSync(join(folder, "config.json"), JSON.stringify(configJson));
	writeFileSync(join(folder, "tokenizer.json"), JSON.stringify({ ...rest, added_tokens: [...known, ...added] }));
	writeFileSync(join(folder, "chat_template.jinja"), readFileSync("test/golden/fixtures/chat/starter.jinja"));
	const tensors = randomTensors(parseConfig(configJson, "config.json"));
	const embedding = tensors.get("model.embed_tokens.weight");
	const width = tinyConfigJson.hidden_size;
	// What would end an answer is never among the likeliest.
	for (const { id } of [...known, ...added]) embedding?.values.fill(0, id * width, (id + 1) * width);
	writeFileSync(join(folder, "model.safetensors"), craftTensors(tensors, "F32"));
}
