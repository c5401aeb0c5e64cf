/** The model in the editor's own Chat: offered where its context is long enough, by the stable API alone. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { CancellationTokenSource, LanguageModelChatMessage, Location, lm, Range, Uri, workspace } from "vscode";
import type { Attune } from "#editor/activate";
import { openFile } from "#test/editor/project";
import { adaptAgreeing, attune, open, until } from "#test/editor/running";
import { writeLongModel } from "#test/support/longModel";
import { writeTinyModel } from "#test/support/tinyModel";

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
		const place = join(workspace.workspaceFolders?.[0]?.uri.fsPath ?? "", "..", "long-model");
		const model = writeLongModel(writeTinyModel(`${place}-tiny`), place);
		await workspace.getConfiguration("attune").update("model", model, true);
		await until("the other model", 60, () => {
			const { state } = running.serving;
			return state.kind === "ready" && state.resident.context >= 8_192;
		});
		const [offered] = await lm.selectChatModels({ vendor });
		ok(offered !== undefined);
		equal(offered.maxInputTokens, 8_192 - 2_048);
		ok((await offered.countTokens("export const one = 1;")) > 3);
		const stop = new CancellationTokenSource();
		const messages = [LanguageModelChatMessage.User("You are brief."), LanguageModelChatMessage.User("Say something.")];
		const response = await offered.sendRequest(messages, {}, stop.token);
		let pieces = 0;
		let answer = "";
		for await (const piece of response.text) {
			ok(piece.length > 0);
			answer += piece;
			if (++pieces === 5) stop.cancel();
		}
		ok(pieces >= 2, `${pieces} pieces`);
		ok(/\w/.test(answer), answer);
	});

	it("answers with what the workspace was learned by", async function () {
		this.timeout(240_000);
		const { adapter, verdict } = await adaptAgreeing(running);
		ok(adapter !== null, verdict);
		const served = () => {
			const { state } = running.serving;
			return state.kind === "ready" ? [state.resident.model, state.resident.adapter] : [];
		};
		deepEqual(served(), ["long-model", adapter]);
		const [model] = await lm.selectChatModels({ vendor });
		const asked = LanguageModelChatMessage.User("What does total return?");
		const response = await (model?.sendRequest([asked], {}) ?? Promise.reject());
		let answer = "";
		for await (const piece of response.text) answer += piece;
		ok(answer.trim() !== "");
		deepEqual(served(), ["long-model", adapter]);
	});

	it("says how long a question of an agent is, and what to do, instead of answering to a part of it", async () => {
		const [model] = await lm.selectChatModels({ vendor });
		const asked = LanguageModelChatMessage.User("You are an agent with tools. ".repeat(2_500));
		const response = async () => {
			const { text } = await (model?.sendRequest([asked], {}) ?? Promise.reject());
			for await (const _ of text) ok(false, "it was answered");
		};
		await rejects(
			response,
			/the message has \d{4,} tokens; this model takes 8192.*Ask about a smaller part, or choose a model with a longer context\./,
		);
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
