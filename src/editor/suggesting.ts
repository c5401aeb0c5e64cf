/** Wires up suggestions, and the ways to be spared them. */
import { commands, languages } from "vscode";
import { Completions } from "./completions.ts";
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

export function wireSuggestions({ serving, notices, statusChanged, own, handle }: Shared): Suggesting {
	const snooze = new Snooze();
	const documents = new Documents(serving);
	const tally = new Tally(statusChanged);
	const completions = new Completions({ serving, documents, snooze, tally, notices });
	own(snooze, documents, completions, snooze.onChange(statusChanged));
	own(languages.registerInlineCompletionItemProvider({ scheme: "file" }, completions));
	handle({
		snooze: (minutes?: number) => snoozeFor(snooze, minutes),
		toggleLanguage,
		accepted(id: unknown) {
			completions.accepted(id);
			// The first step of the walkthrough is done.
			return commands.executeCommand("setContext", "attune.tookSuggestion", true);
		},
	});
	return { completions, documents, snooze, tally };
}
