/** The model in the editor's own Chat: offered where its context is long enough, by the stable API alone. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
	CancellationTokenSource,
	extensions,
	LanguageModelChatMessage,
	Location,
	lm,
	Range,
	Uri,
	workspace,
} from "vscode";
import type { Attune } from "#editor/activate";
import { openFile } from "#test/editor/project";
import { attune, open, until } from "#test/editor/running";

describe("editor/chatModels", () => {
	let running: Attune;
	const vendor = "attune";

	before(async () => {
		running = await attune();
	});

	it("offers none that is too short, and starts nothing to find out", async () => {
		deepEqual(await lm.selectChatModels({ vendor }), []);
		equal(running.serving.state.kind, "off");
		await running.serving.ready();
		deepEqual(await lm.selectChatModels({ vendor }), []);
	});

	it("offers one with 8,192 positions, which answers in parts and counts tokens", async function () {
		this.timeout(120_000);
		await workspace.getConfiguration("attune").update("model", longModel(), true);
		await until("the other model", 60, () => {
			const { state } = running.serving;
			return state.kind === "ready" && state.resident.context >= 8_192;
		});
		const [model] = await lm.selectChatModels({ vendor });
		ok(model !== undefined);
		equal(model.maxInputTokens, 8_192 - 2_048);
		ok((await model.countTokens("export const one = 1;")) > 3);
		const stop = new CancellationTokenSource();
		const messages = [LanguageModelChatMessage.User("You are brief."), LanguageModelChatMessage.User("Say something.")];
		const response = await model.sendRequest(messages, {}, stop.token);
		let pieces = 0;
		for await (const piece of response.text) {
			ok(piece.length > 0);
			if (++pieces === 5) stop.cancel();
		}
		ok(pieces >= 2, `${pieces} pieces`);
	});

	it("answers to @attune, with what is attached and by command, and says what it used", async function () {
		this.timeout(120_000);
		const { participant } = running.chat;
		ok(participant !== undefined);
		const editor = await open(openFile);
		const said: string[] = [];
		const used: string[] = [];
		const response = {
			markdown: (text: string) => said.push(text),
			reference: ({ uri, range }: Location) => used.push(`${uri.path.split("/").at(-1)}:${range.start.line + 1}`),
		};
		const token = new CancellationTokenSource().token;
		const request = async (prompt: string, command: string | undefined, references: readonly unknown[]) => {
			said.length = 0;
			used.length = 0;
			const whole = { prompt, command, references: references.map((value) => ({ id: "1", value })) };
			return await participant.requestHandler(whole as never, { history: [] }, response as never, token);
		};
		const place = new Location(editor.document.uri, new Range(6, 0, 10, 1));
		deepEqual(await request("What is this?", undefined, [place]), {});
		ok(said.join("").trim() !== "");
		equal(used[0], `${openFile}:7`);
		deepEqual(await request("", "explain", [place]), {});
		ok(said.join("").trim() !== "");
		const failed = await request("", "explain", [Uri.joinPath(editor.document.uri, "../keys.ts")]);
		ok(failed?.errorDetails?.message.includes("not for a model"), JSON.stringify(failed));
	});

	after(async () => {
		await workspace.getConfiguration("attune").update("model", undefined, true);
	});
});

/** The shipped model, said to have more positions: rotary embeddings take any. */
function longModel(): string {
	const folder = join(workspace.workspaceFolders?.[0]?.uri.fsPath ?? "", "..", "long-model");
	cpSync(join(extensionFolder(), "media", "starter"), folder, { recursive: true });
	const file = join(folder, "config.json");
	const config = JSON.parse(readFileSync(file, "utf8"));
	writeFileSync(file, JSON.stringify({ ...config, max_position_embeddings: 8_192 }));
	const tokenizer = join(folder, "tokenizer_config.json");
	writeFileSync(tokenizer, JSON.stringify({ ...JSON.parse(readFileSync(tokenizer, "utf8")), model_max_length: 8_192 }));
	return folder;
}

function extensionFolder(): string {
	return extensions.getExtension("attune.attune")?.extensionPath ?? "";
}
