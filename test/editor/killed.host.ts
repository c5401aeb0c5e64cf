/** Processes are killed while a workspace is learned and somebody types, is answered, or waits: nothing is lost, and the run goes on. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commands, ViewColumn, workspace } from "vscode";
import type { Attune } from "#editor/activate";
import type { AdaptResult } from "#protocol/learning";
import { shelf } from "#protocol/store";
import { keptFor } from "#protocol/workspace";
import type { Supervisor } from "#supervise/supervisor";
import { openFile } from "#test/editor/project";
import {
	adaptAgreeing,
	askFor,
	attune,
	open,
	restore,
	servingPid,
	typeAtEnd,
	typeKeys,
	until,
} from "#test/editor/running";
import { writeTinyModel } from "#test/support/tinyModel";

describe("editor/killed", () => {
	let running: Attune;
	/** Holds a model that knows nothing, for runs whose gain is nobody's concern. */
	const place = mkdtempSync(join(tmpdir(), "attune-killed-"));
	const set = async (name: "model" | "adapt.updates", value: string | number | undefined) =>
		await workspace.getConfiguration("attune").update(name, value, true);
	const steps = () => running.adaptation.live?.now.losses.at(-1)?.step ?? 0;
	/** A checkpoint is written after fifty steps. */
	const canResume = () => running.adaptation.learning !== undefined && steps() > 50;

	/** Its page takes the keys when it opens: who types beside it does so afterwards. */
	const begin = async () => {
		const run = commands.executeCommand<AdaptResult | undefined>("attune.adapt");
		const { adaptation, desk } = running;
		await until("the run and its page", 30, () => adaptation.learning !== undefined && desk.page.visible);
		return { run };
	};

	before(async () => {
		running = await attune();
		await open(openFile);
		await set("model", writeTinyModel(join(place, "tiny")));
		await set("adapt.updates", 1);
		await adaptAgreeing(running);
		await set("adapt.updates", 200);
	});
	beforeEach(async () => {
		// A test that failed may leave a run behind.
		await commands.executeCommand("attune.cancelLearning");
		await until("the end of what was learned before", 30, () => running.adaptation.learning === undefined);
		for (const process of [running.learner, running.store, running.serving.supervisor]) process.reset();
		await commands.executeCommand("workbench.action.joinAllGroups");
	});
	after(async () => {
		await set("model", undefined);
		await set("adapt.updates", 12);
		rmSync(place, { recursive: true, force: true });
	});

	it("goes on by itself, and loses no key, when the learning process is killed while somebody types", async function () {
		this.timeout(180_000);
		const { run } = await begin();
		const editor = await open(openFile, ViewColumn.Beside);
		const text = editor.document.getText();
		await typeAtEnd(editor, "\n");
		let typed = "";
		const type = async (keys: string) => {
			typed += keys;
			await typeKeys(keys);
		};
		while (!canResume()) {
			ok(running.adaptation.learning !== undefined, "the run ended before its checkpoint");
			await type("x");
		}
		kill(running.learner);
		while (running.adaptation.learning !== undefined) await type("y");
		const result = await run;
		await type(" = subtotal;");
		ok(running.desk.page.visible, "the report was not seen");
		ok(editor.document.getText().startsWith(`${text}\n${typed}`), editor.document.getText().slice(text.length));
		await restore(editor, text);
		equal(result?.training?.start, "resumed");
	});

	it("goes on by itself, and answers to the end, when the learning process is killed while it answers", async function () {
		this.timeout(180_000);
		const { sessions } = running.chat;
		const ask = () => sessions.ask({ question: "What does total return?", attached: [], useProject: true });
		const turn = () => sessions.current.turns.at(-1);
		const run = commands.executeCommand<AdaptResult | undefined>("attune.adapt");
		let answering = ask();
		await until("an answer after the checkpoint", 90, () => {
			if (!["waiting", "streaming"].includes(turn()?.state ?? "")) answering = ask();
			return canResume() && turn()?.state === "streaming";
		});
		const { question, answer } = turn() ?? {};
		kill(running.learner);
		await answering;
		ok(["finished", "length"].includes(turn()?.state ?? ""), JSON.stringify(turn()));
		ok(question === turn()?.question && turn()?.answer.startsWith(answer ?? "?"));
		equal((await run)?.training?.start, "resumed");
	});

	it("loses nothing when the store's process is killed while somebody types, beside a run and an answer", async function () {
		this.timeout(180_000);
		const names = async () => (await running.store.call(shelf, null)).models.map(({ name }) => name);
		const before = await names();
		const { sessions } = running.chat;
		const { run } = await begin();
		const editor = await open(openFile, ViewColumn.Beside);
		const text = editor.document.getText();
		await typeAtEnd(editor, "\n");
		const answering = sessions.ask({ question: "What does total return?", attached: [], useProject: true });
		await typeKeys("sub");
		kill(running.store);
		await typeKeys("total");
		deepEqual(await names(), before);
		await answering;
		ok(["finished", "length"].includes(sessions.current.turns.at(-1)?.state ?? ""));
		ok((await run)?.training !== undefined, "nothing was learned");
		ok(editor.document.getText().startsWith(`${text}\nsubtotal`), editor.document.getText().slice(text.length));
		await restore(editor, text);
	});

	it("loses nothing when the serving process is killed while it learns, and suggests again", async function () {
		this.timeout(180_000);
		await set("model", undefined);
		await set("adapt.updates", 4);
		await running.serving.ready();
		const pid = servingPid(running);
		const run = commands.executeCommand<AdaptResult | undefined>("attune.adapt");
		await until("learning", 120, () => /^learning/.test(running.adaptation.learning?.words ?? ""));
		process.kill(pid, "SIGKILL");
		const result = await run;
		equal(result?.training?.steps, 4);
		deepEqual((await running.desk.runs.read(result?.run ?? "")).heldOut, result?.heldOut);
		const { adapter } = await running.serving.ready();
		ok(servingPid(running) !== pid);
		const roots = workspace.workspaceFolders?.map(({ uri }) => uri.fsPath) ?? [];
		equal(adapter, (await running.learner.call(keptFor, { roots })).adapter);
		const editor = await open(openFile);
		const text = editor.document.getText();
		const cursor = await typeAtEnd(editor, "export function average(items: readonly Item[]): number {\n\treturn ");
		ok(((await askFor(running, editor.document, cursor)) ?? []).length > 0, JSON.stringify(running.tally.counts));
		await restore(editor, text);
	});

	it("says so when processes have died too often, and tries them all again when told to restart", async function () {
		this.timeout(180_000);
		const models = () => running.store.call(shelf, null);
		for (let deaths = 0; deaths < 3; deaths++) {
			await models();
			kill(running.store);
			await until("the store's end", 20, () => running.store.state.kind !== "running");
			await running.serving.ready();
			kill(running.serving.supervisor);
			await until("the model's end", 20, () => running.serving.state.kind !== "ready");
		}
		await until("what is said of it", 20, () => running.serving.state.kind === "failed");
		await rejects(running.serving.ready(), { message: /^the model's process ended again and again/ });
		await rejects(models(), {
			message: /^the process that keeps models ended again and again/,
			remedy: /Attune: Restart/,
		});
		await commands.executeCommand("attune.restart");
		ok((await models()).models.length > 0);
		equal(running.serving.state.kind, "ready");
	});

	function kill({ state }: Supervisor): void {
		ok(state.kind === "running" && state.pid !== undefined, `it is ${state.kind}`);
		process.kill(state.pid, "SIGKILL");
	}
});
