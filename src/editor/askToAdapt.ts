/** Before the first run, beside the list of what will be read: the choice to go on. */
import { l10n, type QuickPickItem, window } from "vscode";
import type { Listing } from "#protocol/workspace";
import { reasonCounts, reasonWords } from "./listing.ts";
import { size } from "./words.ts";

interface Choice extends QuickPickItem {
	readonly adapt: boolean;
}

/** True: adapt. The question stays while the list behind it is looked at. */
export async function askToAdapt(listing: Listing): Promise<boolean> {
	const bytes = listing.used.reduce((sum, file) => sum + file.bytes, 0);
	const left = reasonCounts(listing)
		.slice(0, 3)
		.map(([reason, count]) => `${count} ${reasonWords(reason)}`)
		.join(", ");
	const choices: readonly Choice[] = [
		{
			...{ adapt: true, label: l10n.t("$(sparkle) Adapt to this workspace") },
			detail: l10n.t("Reads {0} files ({1}) on this machine. Nothing leaves it.", listing.used.length, size(bytes)),
		},
		{
			...{ adapt: false, label: l10n.t("$(close) Not now") },
			detail: left === "" ? l10n.t("Nothing is left out.") : l10n.t("{0} left out: {1}", listing.skipped.length, left),
		},
	];
	const chosen = await window.showQuickPick(choices, {
		title: l10n.t("Attune will read this workspace and learn from it"),
		placeHolder: l10n.t("Every file is listed below, also those that are not read, and why"),
		ignoreFocusOut: true,
	});
	return chosen?.adapt === true;
}
