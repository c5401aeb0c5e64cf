/** In Restricted Mode: suggestions, no learning. */
import { equal, ok } from "node:assert/strict";
import { CancellationTokenSource, commands, InlineCompletionTriggerKind, workspace } from "vscode";
import { openFile } from "#test/editor/project";
import { attune, open, typeAtEnd, until } from "#test/editor/running";

describe("editor/restricted", () => {
	it("suggests", async () => {
		equal(workspace.isTrusted, false, "the folder is trusted: nothing is shown by this run");
		const { completions, tally } = await attune();
		const editor = await open(openFile);
		const cursor = await typeAtEnd(editor, "export function average(items: readonly Item[]): number {\n\treturn ");
		const context = { triggerKind: InlineCompletionTriggerKind.Automatic, selectedCompletionInfo: undefined };
		const token = new CancellationTokenSource().token;
		const items = await completions.provideInlineCompletionItems(editor.document, cursor, context, token);
		ok((items ?? []).length > 0, JSON.stringify(tally.counts));
	});

	it("keeps learning nothing, whatever the setting says", async () => {
		const { keeping, learner } = await attune();
		await workspace.getConfiguration("attune").update("adapt.keepLearning", true, true);
		await until("a reason", 5, () => JSON.stringify(keeping.kept.state).includes("restricted"));
		equal(learner.state.kind, "stopped");
		await workspace.getConfiguration("attune").update("adapt.keepLearning", undefined, true);
	});

	it("draws no surprise map", async () => {
		const { fileMap, learner } = await attune();
		await commands.executeCommand("attune.showSurprise").then(
			() => {},
			() => {},
		);
		equal(fileMap.files.size, 0);
		equal(learner.state.kind, "stopped");
	});

	it("does not learn, and starts nothing that could", async () => {
		const { learner, adaptation } = await attune();
		equal(await adaptation.run(false), undefined);
		equal(await adaptation.run(true), undefined);
		await commands.executeCommand("attune.adapt").then(
			(result) => equal(result, undefined),
			() => {},
		);
		equal(learner.state.kind, "stopped");
	});
});
