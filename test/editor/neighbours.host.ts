/** Beside other extensions that suggest, inside a real editor; and what counts as shown. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CancellationTokenSource, commands, InlineCompletionItem, languages, Range, workspace } from "vscode";
import type { Attune } from "#editor/activate";
import { openFile } from "#test/editor/project";
import { attune, open, restore, typeAtEnd, typeKeys, until } from "#test/editor/running";

const beginning = "export function average(items: readonly Item[]): number {\n\treturn ";

describe("editor/neighbours", () => {
	let running: Attune;
	const counts = () => running.tally.counts;
	const elsewhere = () => counts().silences["elsewhere"] ?? 0;
	/** The editor's own requests would supersede those of the tests. */
	const editorAsks = (on: boolean) => workspace.getConfiguration("editor").update("inlineSuggest.enabled", on, true);

	before(async () => {
		running = await attune();
		await running.serving.ready();
		await editorAsks(false);
	});
	after(() => editorAsks(true));

	const unasked = ["py", "rb", "go", "java", "lua", "swift"];
	for (const [who, selector, pause] of [
		["at once, for files", { scheme: "file" }, 0],
		["late, for everything", "*", 700],
	] as const)
		it(`is silent beside another provider that suggests ${who}`, async () => {
			// Of a language in which nothing was asked before, at another try neither: the first answers wait for others.
			const name = `neighbour.${unasked.pop()}`;
			const file = join(workspace.workspaceFolders?.[0]?.uri.fsPath ?? "", name);
			writeFileSync(file, "let first = 1;\n");
			const beside = await open(name);
			const other = languages.registerInlineCompletionItemProvider(selector, {
				async provideInlineCompletionItems(_, at) {
					await new Promise((resolve) => setTimeout(resolve, pause));
					return [new InlineCompletionItem("OTHER", new Range(at, at))];
				},
			});
			try {
				const [{ accepted, shown }, before] = [counts(), elsewhere()];
				await editorAsks(true);
				await commands.executeCommand("cursorBottom");
				await typeKeys("let second = fir");
				// Slowly: after some of the keys the model itself has nothing to suggest, and nobody is met.
				await typeKeys("st + f", 1_500);
				await until("another's suggestion, twice", 5, () => elsewhere() > before + 1, counts);
				const typed = beside.document.getText();
				await until("it to be taken", 10, () => {
					commands.executeCommand("editor.action.inlineSuggest.commit");
					return beside.document.getText() !== typed;
				});
				equal(beside.document.getText(), `${typed}OTHER`);
				deepEqual([counts().accepted, counts().shown], [accepted, shown]);
			} finally {
				other.dispose();
				await editorAsks(false);
				await commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
				rmSync(file);
			}
		});

	it("counts as shown what could be read or was taken, not what was typed past at once or covered by another's", async () => {
		const editor = await open(openFile);
		const text = editor.document.getText();
		const { shown } = counts();
		const now = () => counts().shown;
		const ask = async (typed: string) => {
			const at = await typeAtEnd(editor, typed);
			const context = { triggerKind: 1, selectedCompletionInfo: undefined };
			const token = new CancellationTokenSource().token;
			const items = await running.completions.provideInlineCompletionItems(editor.document, at, context, token);
			ok((items ?? []).length > 0, JSON.stringify(counts()));
		};
		await ask(beginning);
		await typeAtEnd(editor, "%");
		await ask(`\n${beginning}`);
		await until("it to be read", 5, () => now() > shown);
		equal(now(), shown + 1);
		await typeAtEnd(editor, "ANOTHER");
		await until("it to be taken back", 5, () => now() === shown);
		await restore(editor, text);
	});
});
