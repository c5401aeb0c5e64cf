/** Why nothing was suggested, as people read it. */
import { l10n } from "vscode";
import type { Counts } from "./tally.ts";

/** What keys overtook, and what the user wants quiet, is no silence that anybody would wonder about. */
const expected: ReadonlySet<string> = new Set(["superseded", "cancelled", "switchedOff", "onlyByHand", "snoozed"]);
const shown = 3;

/** The reasons met most often, with how often; undefined where there is none to tell. */
export function silenceWords({ silences }: Pick<Counts, "silences">): string | undefined {
	const most = Object.entries(silences)
		.filter(([reason]) => !expected.has(reason))
		.sort(([, a], [, b]) => b - a)
		.slice(0, shown);
	return most.length === 0 ? undefined : most.map(([reason, count]) => `${reasonWords(reason)} ${count}`).join(", ");
}

function reasonWords(reason: string): string {
	const words: Readonly<Record<string, string>> = {
		inComment: l10n.t("in comments"),
		midWord: l10n.t("inside words"),
		selectionNotExtendable: l10n.t("beside the editor's list"),
		notOnDisk: l10n.t("in documents on no disk"),
		fileNotAllowed: l10n.t("in files not for a model"),
		nothingToGoOn: l10n.t("in empty files"),
		contextTooSmall: l10n.t("too long for the model"),
		tooLate: l10n.t("too late"),
		elsewhere: l10n.t("another extension suggested"),
		nothingToAdd: l10n.t("nothing to add"),
		nothingAfterTrimming: l10n.t("it stood there already"),
		repetition: l10n.t("it repeated itself"),
		repeatsFollowing: l10n.t("it stood behind the cursor"),
		lowConfidence: l10n.t("not sure enough"),
		failed: l10n.t("failed"),
	};
	return words[reason] ?? reason;
}
