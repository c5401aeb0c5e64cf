/** A workspace of several folders, one of them on no disk. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import {
	CancellationTokenSource,
	commands,
	EventEmitter,
	type FileSystemProvider,
	FileType,
	InlineCompletionTriggerKind,
	type TextEditor,
	Uri,
	window,
	workspace,
} from "vscode";
import type { Attune } from "#editor/activate";
import { keptFor } from "#protocol/workspace";
import { attune, typeAtEnd, until } from "#test/editor/running";

const source = "export function average(items: readonly Line[]): number {\n\treturn ";

describe("editor/folders", () => {
	let running: Attune;
	const folders = () => (workspace.workspaceFolders ?? []).map(({ uri }) => uri);
	const ask = async ({ document, selection }: TextEditor) => {
		const context = { triggerKind: InlineCompletionTriggerKind.Automatic, selectedCompletionInfo: undefined };
		const { token } = new CancellationTokenSource();
		return await running.completions.provideInlineCompletionItems(document, selection.active, context, token);
	};

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

	it("lists the files of all folders, and keeps what is learned for all of them together", async () => {
		await commands.executeCommand("attune.showFiles");
		const page = running.pages.text("What Attune reads") ?? "";
		match(page, /`[^`]*cart\.ts`/);
		match(page, /`[^`]*second\.ts`/);
		const paths = folders().map(({ fsPath }) => fsPath);
		const one = await running.learner.call(keptFor, { roots: paths.slice(0, 1) });
		const both = await running.learner.call(keptFor, { roots: paths });
		deepEqual([one.adapter, both.adapter], [null, null]);
	});

	it("leaves a folder on no disk alone: nothing of it is completed, listed or sent", async () => {
		workspace.registerFileSystemProvider("nowhere", oneFile());
		const folder = Uri.parse("nowhere:/project");
		ok(workspace.updateWorkspaceFolders(2, 0, { uri: folder, name: "nowhere" }));
		await until("the third folder", 20, () => folders().length === 3);
		const editor = await window.showTextDocument(Uri.joinPath(folder, "a.ts"));
		equal(editor.document.getText(), source);
		await typeAtEnd(editor, "");
		const before = running.tally.counts;
		equal(await ask(editor), undefined);
		deepEqual(running.tally.counts, before, "somebody was asked");
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
