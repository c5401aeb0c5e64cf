/** An adapter handed on: in which form, and where to; the learning process writes it. */
import { homedir } from "node:os";
import { join } from "node:path";
import { commands, l10n, ProgressLocation, type QuickPickItem, Uri, window, workspace } from "vscode";
import type { ExportParams } from "#protocol/history";
import { signalOf } from "../completions.ts";
import { isCancelled } from "../notices.ts";
import type { Runs } from "./runs.ts";

interface Choice extends QuickPickItem {
	readonly format: ExportParams["format"];
	readonly name: string;
}

export async function exportAdapter(id: string, runs: Runs): Promise<void> {
	const format = await window.showQuickPick(choices(), { title: l10n.t("Export the adapter as") });
	if (format === undefined) return;
	const defaultUri = Uri.file(join(homedir(), format.name));
	const place = await window.showSaveDialog({ defaultUri, title: l10n.t("Where the export goes") });
	if (place === undefined) return;
	const made = await window.withProgress(
		{ location: ProgressLocation.Notification, title: l10n.t("Attune exports the adapter"), cancellable: true },
		async (progress, token) => {
			let before = 0;
			const onPart = ({ done, total }: { readonly done: number; readonly total: number }) => {
				const share = (100 * done) / Math.max(1, total);
				progress.report({ increment: share - before });
				before = share;
			};
			try {
				return await runs.export({ id, format: format.format, out: place.fsPath }, { signal: signalOf(token), onPart });
			} catch (error) {
				if (isCancelled(error)) return undefined;
				throw error;
			}
		},
	);
	if (made === undefined) return;
	const reveal = l10n.t("Show");
	const words = l10n.t("Attune: exported to {0}", made.path);
	window.showInformationMessage(words, ...(canReveal() ? [reveal] : [])).then((chosen) => {
		if (chosen === reveal) commands.executeCommand("revealFileInOS", Uri.file(made.path));
	});
}

/** Only where the editor and the files are on one machine. */
function canReveal(): boolean {
	return workspace.workspaceFolders?.[0]?.uri.scheme === "file";
}

function choices(): readonly Choice[] {
	return [
		{
			...{ format: "peft", name: "attune-adapter", label: l10n.t("PEFT folder") },
			detail: l10n.t("The adapter as it is, for PEFT and transformers. It names no file that it learned."),
		},
		{
			...{ format: "merged", name: "attune-merged", label: l10n.t("Model with the adapter in it") },
			detail: l10n.t("A Hugging Face folder as large as the model."),
		},
		{
			...{ format: "gguf", name: "attune-adapter.gguf", label: l10n.t("GGUF file") },
			detail: l10n.t("For llama.cpp, beside the model's own GGUF."),
		},
	];
}
