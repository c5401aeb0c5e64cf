/** Before the first run: what will be read, and the choice to go on. */
import { l10n, type QuickPickItem, window } from "vscode";
import type { Listing } from "#protocol/workspace";
import { reasonCounts, reasonWords } from "./listing.ts";
import { size } from "./words.ts";

interface Choice extends QuickPickItem {
	readonly does: "adapt" | "show" | "leave";
}

/** True: adapt. The full list can be looked at first; it stays open then, and so does the question. */
export async function askToAdapt(listing: Listing, showAll: () => Promise<void>): Promise<boolean> {
	const bytes = listing.used.reduce((sum, file) => sum + file.bytes, 0);
	const left = reasonCounts(listing)
		.slice(0, 3)
		.map(([reason, count]) => `${count} ${reasonWords(reason)}`)
		.join(", ");
	const choices: readonly Choice[] = [
		{
			...{ does: "adapt", label: l10n.t("$(sparkle) Adapt to this workspace") },
			detail: l10n.t("Reads {0} files ({1}) on this machine. Nothing leaves it.", listing.used.length, size(bytes)),
		},
		{
			...{ does: "show", label: l10n.t("$(list-unordered) Show every file first") },
			detail: left === "" ? l10n.t("Nothing is left out.") : l10n.t("{0} left out: {1}", listing.skipped.length, left),
		},
		{ does: "leave", label: l10n.t("$(close) Not now") },
	];
	const title = l10n.t("Attune will read this workspace and learn from it");
	const chosen = await window.showQuickPick(choices, { title, ignoreFocusOut: true });
	if (chosen?.does !== "show") return chosen?.does === "adapt";
	await showAll();
	const go = l10n.t("Adapt");
	return (await window.showInformationMessage(l10n.t("Attune: adapt to these files?"), go)) === go;
}
