/** A workspace of several folders, one of them on no disk. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import {
	CancellationTokenSource,
	commands,
	EventEmitter,
	type FileSystemProvider,
	FileType,
	Location,
	Range,
	type TextEditor,
	Uri,
	window,
	workspace,
} from "vscode";
import type { Attune } from "#editor/activate";
import { openNamed } from "#editor/learning/openNamed";
import { keptFor } from "#protocol/workspace";
import { adaptAgreeing, askFor, attune, typeAtEnd, until } from "#test/editor/running";
import { writeTinyModel } from "#test/support/tinyModel";

const source = "export function average(items: readonly Line[]): number {\n\treturn ";

describe("editor/folders", () => {
	let running: Attune;
	const folders = () => (workspace.workspaceFolders ?? []).map(({ uri }) => uri);
	const ask = ({ document, selection }: TextEditor) => askFor(running, document, selection.active);

	before(async () => {
		running = await attune();
	});

	it("suggests in a file of the second folder", async () => {
		equal(folders().length, 2, "one folder is open: nothing is shown by this run");
		const second = folders()[1] ?? Uri.file("/");
		const editor = await window.showTextDocument(Uri.joinPath(second, "second.ts"));
		await typeAtEnd(editor, source);
		ok(((await ask(editor)) ?? []).length > 0, JSON.stringify(running.tally.counts));
		await commands.executeCommand("workbench.action.files.revert");
	});

	it("lists the files of all folders", async () => {
		await commands.executeCommand("attune.showFiles");
		const page = running.pages.text("What Attune reads") ?? "";
		match(page, /`[^`]*cart\.ts`/);
		match(page, /`[^`]*second\.ts`/);
	});

	it("opens a file of either folder by the name that reports give it", async () => {
		for (const path of ["second/second.ts", `${folders()[0]?.path.split("/").at(-1)}/cart.ts`]) {
			await openNamed(path, 7);
			const { document, selection } = window.activeTextEditor ?? {};
			ok(document?.uri.path.endsWith(`/${path}`), document?.uri.path);
			equal(selection?.active.line, 6);
		}
	});

	it("tells in the editor's Chat which files of which folder it used", async function () {
		this.timeout(120_000);
		const places = [
			Uri.joinPath(folders()[1] ?? Uri.file("/"), "second.ts"),
			Uri.joinPath(folders()[0] ?? Uri.file("/"), "cart.ts"),
		];
		const { token } = new CancellationTokenSource();
		for (const uri of places) {
			const used: Location[] = [];
			const response = { markdown() {}, reference: (place: Location) => used.push(place) };
			const references = [{ id: "1", value: new Location(uri, new Range(6, 0, 10, 1)) }];
			const request = { prompt: "What is this?", command: undefined, references };
			await running.chat.participant?.requestHandler(request as never, { history: [] }, response as never, token);
			deepEqual([used[0]?.uri.path, used[0]?.range.start.line], [uri.path, 6]);
		}
	});

	it("says in the editor's Chat what it did not show to the model, and why", async function () {
		this.timeout(60_000);
		const uri = Uri.joinPath(folders()[0] ?? Uri.file("/"), ".env");
		await workspace.fs.writeFile(uri, Buffer.from("TOKEN=1\n"));
		const said: string[] = [];
		const response = { markdown: (text: string) => said.push(text), reference() {} };
		const request = { prompt: "What is this?", command: undefined, references: [{ id: "1", value: uri }] };
		const { token } = new CancellationTokenSource();
		await running.chat.participant?.requestHandler(request as never, { history: [] }, response as never, token);
		match(said.join(""), /\*Not shown to the model: `[^`]*\.env`, named like a secret\.\*/);
		await workspace.fs.delete(uri);
	});

	it("learns all folders together, and keeps that for all of them alone", async function () {
		this.timeout(240_000);
		const place = join(folders()[0]?.fsPath ?? "", "..", "tiny");
		await workspace.getConfiguration("attune").update("model", writeTinyModel(place), true);
		const result = await adaptAgreeing(running);
		ok(result.adapter !== null, result.verdict);
		const paths = folders().map(({ fsPath }) => fsPath);
		const kept = async (roots: readonly string[]) => (await running.learner.call(keptFor, { roots })).adapter;
		equal(await kept(paths), result.adapter);
		deepEqual([await kept(paths.slice(0, 1)), await kept(paths.slice(1))], [null, null]);
	});

	it("serves to other folders what was learned of them alone, and asks before it reads a new one", async function () {
		this.timeout(120_000);
		const served = () => (running.serving.state.kind === "ready" ? running.serving.state.resident.adapter : undefined);
		await running.serving.ready();
		const adapter = served();
		ok(typeof adapter === "string");
		const third = Uri.joinPath(folders()[0] ?? Uri.file("/"), "..", "third");
		await workspace.fs.createDirectory(third);
		ok(workspace.updateWorkspaceFolders(2, 0, { uri: third }));
		await until("the base model", 30, () => served() === null);
		deepEqual((await running.desk.runs.list()).runs, []);
		running.pages.forget();
		let ended = false;
		const run = commands.executeCommand("attune.adapt").then((result) => {
			ended = true;
			equal(result, undefined, "it was not asked for");
		});
		while (!ended) {
			await new Promise((resolve) => setTimeout(resolve, 300));
			await commands.executeCommand("workbench.action.closeQuickOpen");
		}
		await run;
		match(running.pages.text("What Attune reads") ?? "", /`[^`]*second\.ts`/);
		ok(workspace.updateWorkspaceFolders(2, 1));
		await until("the adapter", 30, () => served() === adapter);
	});

	it("leaves a folder on no disk alone: nothing of it is completed, listed or sent", async () => {
		workspace.registerFileSystemProvider("nowhere", oneFile());
		const folder = Uri.parse("nowhere:/project");
		ok(workspace.updateWorkspaceFolders(2, 0, { uri: folder, name: "nowhere" }));
		await until("the third folder", 20, () => folders().length === 3);
		const editor = await window.showTextDocument(Uri.joinPath(folder, "a.ts"));
		equal(editor.document.getText(), source);
		await typeAtEnd(editor, "");
		// Told as silent, here and maybe by the editor's own request, and nothing else.
		const others = () => {
			const { silences, ...counts } = running.tally.counts;
			return { ...counts, silences: { ...silences, notOnDisk: 0 } };
		};
		const before = others();
		equal(await ask(editor), undefined);
		deepEqual(others(), before, "somebody was asked");
		ok((running.tally.counts.silences["notOnDisk"] ?? 0) > 0);
		await commands.executeCommand("attune.showFiles");
		const page = running.pages.text("What Attune reads") ?? "";
		ok(!page.includes("a.ts`") && page.includes("second.ts`"));
	});
});

/** A disk of one file, that cannot be written. */
function oneFile(): FileSystemProvider {
	const bytes = new TextEncoder().encode(source);
	const refuse = () => {
		throw new Error("it cannot be written");
	};
	return {
		onDidChangeFile: new EventEmitter<never>().event,
		watch: () => ({ dispose() {} }),
		stat: ({ path }) => ({
			type: path.endsWith(".ts") ? FileType.File : FileType.Directory,
			...{ ctime: 0, mtime: 0, size: path.endsWith(".ts") ? bytes.length : 0 },
		}),
		readDirectory: () => [["a.ts", FileType.File]],
		readFile: () => bytes,
		...{ createDirectory: refuse, writeFile: refuse, delete: refuse, rename: refuse },
	};
}
