/** Another model is fetched from a hub, used, and left again, inside a real editor. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import {
	CancellationTokenSource,
	ConfigurationTarget,
	commands,
	InlineCompletionTriggerKind,
	window,
	workspace,
} from "vscode";
import type { AttuneError } from "#base/errors";
import type { Attune } from "#editor/activate";
import { deleteModel, fetchModel, inspectModel, shelf } from "#protocol/store";
import { openFile } from "#test/editor/project";
import { attune, open, restore, servingPid, typeAtEnd, until } from "#test/editor/running";
import { hugeWeights, modelFiles, text } from "#test/engine/fetching";
import { repositoryId, stagedWeights, startHub, type TestHub } from "#test/support/hub";
import { writeTinyModel } from "#test/support/tinyModel";

const fetched = "some-owner--tiny-model";

describe("editor/models", () => {
	let running: Attune;
	let hub: TestHub;
	const failures: AttuneError[] = [];
	const setting = () => workspace.getConfiguration("attune").get<string>("model");
	const set = (name: string, value: unknown) =>
		workspace.getConfiguration("attune").update(name, value, ConfigurationTarget.Global);
	const resident = () => {
		const { state } = running.serving;
		return state.kind === "ready" ? state.resident : undefined;
	};

	before(async function () {
		// A settings file of a busy machine takes its time.
		this.timeout(180_000);
		running = await attune();
		hub = await startHub({ files: modelFiles(hugeWeights()), token: "hf_word" });
		const token = join(home(), "token");
		mkdirSync(home(), { recursive: true });
		writeFileSync(token, "hf_word\n");
		await set("models.host", hub.url);
		await set("models.tokenFile", token);
		const { notices } = running;
		const failed = notices.failed.bind(notices);
		notices.failed = (error, ...rest) => {
			failures.push(error as AttuneError);
			failed(error, ...rest);
		};
	});
	after(async () => {
		for (const name of ["models.host", "models.tokenFile", "model", "modelFormat"]) await set(name, undefined);
		await hub.close();
	});

	it("has the shipped one to begin with, and what could be fetched with what it takes", async () => {
		const { models, open: others, availableMiB } = await running.store.call(shelf, null);
		deepEqual(
			models.map(({ name }) => name),
			["starter"],
		);
		ok(others.length >= 5 && others.every(({ license, memoryMiB }) => license !== "" && memoryMiB.int8 > 100));
		ok(availableMiB > 0);
	});

	it("fetches one from the host of the settings, with the token, and writes with it", async function () {
		this.timeout(120_000);
		const model = await running.models.fetch(repositoryId);
		deepEqual(failures, []);
		equal(model?.name, fetched);
		equal(setting(), fetched);
		equal(resident()?.model, fetched);
		ok(hub.requests.some((line) => line.startsWith("hub ") && line.endsWith(" auth")));
		ok(!hub.requests.some((line) => line.startsWith("cdn ") && line.endsWith(" auth")));
		match(String((running.statusBar.item.tooltip as { value: string }).value), /some-owner--tiny-model/);
	});

	it("says that a fetch broke off when its process is killed, and goes on where it was", async function () {
		this.timeout(120_000);
		const repository = `${repositoryId}@v1`;
		hub.faults.set("model.safetensors", [{ kind: "hang", after: 300_000 }]);
		hub.requests.length = 0;
		failures.length = 0;
		const asked = () => hub.requests.filter((line) => line.startsWith("cdn ") && line.includes("safetensors"));
		const broken = running.models.fetch(repository);
		await until("some of the weights", 30, () => stagedWeights(home()) > 0);
		const { state } = running.store;
		ok(state.kind === "running" && state.pid !== undefined);
		process.kill(state.pid, "SIGKILL");
		equal(await broken, undefined);
		equal(failures.length, 1);
		match(failures[0]?.message ?? "", /process|ended/);
		const before = asked().length;
		const model = await running.store.callStream(
			fetchModel,
			{ repository, host: hub.url, tokenFile: join(home(), "token") },
			{},
		);
		equal(model.name, `${fetched}@v1`);
		match(asked().slice(before).join("\n"), /range=bytes=[1-9]/, "what was there was fetched again");
		await running.store.call(deleteModel, { name: model.name });
		failures.length = 0;
	});

	it("tells a problem once, however many keys meet it, and again to whoever asks", async () => {
		const told: string[] = [];
		const show = window.showErrorMessage;
		window.showErrorMessage = (async (message: string) => void told.push(message)) as typeof show;
		try {
			await set("model", join(home(), "nowhere"));
			await until("the first word of it", 20, () => told.length > 0);
			const editor = await open(openFile);
			const at = editor.document.positionAt(0);
			const token = new CancellationTokenSource().token;
			const ask = async (triggerKind: InlineCompletionTriggerKind) =>
				await running.completions.provideInlineCompletionItems(
					editor.document,
					at,
					{ triggerKind, selectedCompletionInfo: undefined },
					token,
				);
			const { failed = 0 } = running.tally.counts.silences;
			for (let key = 0; key < 3; key++) await ask(InlineCompletionTriggerKind.Automatic);
			equal(running.tally.counts.silences["failed"], failed + 3);
			equal(told.length, 1, told.join("\n"));
			await ask(InlineCompletionTriggerKind.Invoke);
			equal(told.length, 2);
			match(told[0] ?? "", /^Attune: .*nowhere/);
			equal(new Set(told).size, 1, told.join("\n"));
		} finally {
			window.showErrorMessage = show;
			await set("model", fetched);
			await until("the model from before", 60, () => resident()?.model === fetched);
		}
	});

	it("shows the prompt that the model was given, as it was given, in a document nobody can change", async () => {
		await commands.executeCommand("attune.useModelFolder", join(home(), "models", fetched));
		equal(setting(), join(home(), "models", fetched));
		const editor = await open(openFile);
		const before = editor.document.getText();
		const cursor = await typeAtEnd(editor, "export function average(items: readonly Item[]): number {\n\treturn ");
		const context = { triggerKind: 0, selectedCompletionInfo: undefined };
		const never = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };
		await running.completions.provideInlineCompletionItems(editor.document, cursor, context, never);
		await commands.executeCommand("attune.showLastPrompt");
		const shown = running.pages.text("Last prompt") ?? "";
		match(shown, /tokens, .* ago, for file:/);
		match(shown, /return sum;\n\}/);
		match(shown, /<fim_(prefix|suffix)>/);
		const document = workspace.textDocuments.find(({ uri }) => uri.scheme === "attune");
		equal(document?.getText(), shown);
		await restore(await open(openFile), before);
	});

	it("refuses a folder that is no model, with the engine's reason and what to do, and stays as it is", async () => {
		const folder = join(home(), "bert");
		mkdirSync(folder, { recursive: true });
		writeFileSync(join(folder, "config.json"), JSON.stringify({ model_type: "bert" }));
		const before = setting();
		failures.length = 0;
		await running.models.useFolder(folder);
		equal(failures.length, 1);
		match(failures[0]?.message ?? "", /model_type "bert" is not supported/);
		match(failures[0]?.remedy ?? "", /llama, mistral, qwen2 or qwen3/);
		equal(setting(), before);
	});

	it("refuses to fetch what cannot be run, before its weights are asked for", async () => {
		hub.files = { ...modelFiles(), "config.json": text({ model_type: "gpt2" }) };
		hub.requests.length = 0;
		failures.length = 0;
		equal(await running.models.fetch(`${repositoryId}@v1`), undefined);
		match(failures[0]?.message ?? "", /"gpt2" is not supported/);
		ok(!hub.requests.some((line) => line.includes("safetensors")));
	});

	it("goes through the editor's own proxy", async function () {
		this.timeout(120_000);
		let tunnels = 0;
		const proxy = createServer().on("connect", ({ url = "" }, client: Socket) => {
			tunnels++;
			const [host, port] = url.split(":");
			const server = connect(Number(port), host, () => {
				client.write("HTTP/1.1 200 Connection established\r\n\r\n");
				server.pipe(client).pipe(server);
			});
			for (const end of [server, client]) end.on("error", () => {});
		});
		await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
		const editor = workspace.getConfiguration("http");
		await editor.update(
			"proxy",
			`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
			ConfigurationTarget.Global,
		);
		try {
			// What it is started with it keeps.
			await running.store.stop();
			hub.files = modelFiles();
			failures.length = 0;
			const model = await running.store.callStream(
				fetchModel,
				{ repository: `${repositoryId}@v1`, host: hub.url, tokenFile: join(home(), "token") },
				{},
			);
			equal(model.name, `${fetched}@v1`);
			ok(tunnels > 0, "nothing came through the proxy");
			await running.store.call(deleteModel, { name: model.name });
		} finally {
			await editor.update("proxy", undefined, ConfigurationTarget.Global);
			await running.store.stop();
			proxy.closeAllConnections();
			proxy.close();
		}
	});

	it("goes back to the shipped one, and deletes what was fetched", async () => {
		const starter = await running.store.call(inspectModel, { model: "starter" });
		ok(await running.models.use(starter, ""));
		equal(setting(), "");
		equal(resident()?.model, "starter");
		await running.store.call(deleteModel, { name: fetched });
		ok(!existsSync(join(home(), "models", fetched)));
	});

	it("looks in another data folder as soon as one is named", async () => {
		const old = home();
		const pid = servingPid(running);
		const other = `${old}-other`;
		mkdirSync(join(other, "models"), { recursive: true });
		writeTinyModel(join(other, "models", "elsewhere"));
		const models = async () => (await running.store.call(shelf, null)).models.map(({ name }) => name);
		ok(!(await models()).includes("elsewhere"));
		try {
			await set("dataFolder", other);
			await until("another process", 30, () => resident() !== undefined && servingPid(running) !== pid);
			ok((await models()).includes("elsewhere"));
		} finally {
			await set("dataFolder", old);
			rmSync(other, { recursive: true, force: true });
		}
		await until("the process of the old folder", 30, () => resident() !== undefined);
		ok(!(await models()).includes("elsewhere"));
	});
});

/** Where Attune keeps things in this window. */
function home(): string {
	return workspace.getConfiguration("attune").get<string>("dataFolder") ?? "";
}
