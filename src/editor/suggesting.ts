/** Wires up suggestions, and the ways to be spared them. */
import { commands, l10n, languages } from "vscode";
import { Completions } from "./completions.ts";
import { countsPage } from "./countsPage.ts";
import { Documents } from "./documents.ts";
import { snoozeFor, toggleLanguage } from "./menu.ts";
import type { Shared } from "./shared.ts";
import { Snooze } from "./snooze.ts";
import { Tally } from "./tally.ts";

export interface Suggesting {
	readonly completions: Completions;
	readonly documents: Documents;
	readonly snooze: Snooze;
	readonly tally: Tally;
}

export function wireSuggestions({ serving, notices, pages, statusChanged, own, handle }: Shared): Suggesting {
	const snooze = new Snooze();
	const documents = new Documents(serving);
	const tally = new Tally(statusChanged);
	const completions = new Completions({ serving, documents, snooze, tally, notices });
	own(snooze, documents, completions, snooze.onChange(statusChanged));
	// The editor asks providers made for a language, or for files, before one made for everything: theirs is shown, ours can be switched to.
	own(languages.registerInlineCompletionItemProvider("*", completions));
	handle({
		snooze: (minutes?: number) => snoozeFor(snooze, minutes),
		toggleLanguage,
		showCounts: () => pages.show(l10n.t("Suggestions"), countsPage(tally.counts)),
		accepted(id: unknown) {
			completions.accepted(id);
			// The first step of the walkthrough is done.
			return commands.executeCommand("setContext", "attune.tookSuggestion", true);
		},
	});
	return { completions, documents, snooze, tally };
}
