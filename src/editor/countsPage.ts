/** What became of suggestions in this window, as a page: counted on this machine, told to nobody. */
import { l10n } from "vscode";
import type { Counts } from "./tally.ts";
import { percent, table } from "./words.ts";

export function countsPage({ shown, accepted, silences, medianMs }: Counts): string {
	const rows = [
		[l10n.t("shown"), String(shown)],
		[l10n.t("taken"), shown === 0 ? "0" : `${accepted} (${percent(accepted / shown)})`],
		[l10n.t("median answer"), medianMs === undefined ? "-" : `${medianMs.toFixed(0)} ms`],
	];
	const reasons = Object.entries(silences).sort(([, a], [, b]) => b - a);
	return [
		`# ${l10n.t("Suggestions since this window opened")}`,
		"",
		l10n.t("Counted in this window's memory alone, and gone with it."),
		l10n.t("Shown are those that stood long enough to be read, or were taken."),
		"",
		...table(["", ""], rows),
		"",
		`## ${l10n.t("Why nothing was shown")}`,
		"",
		...(reasons.length === 0
			? [l10n.t("There was no such case.")]
			: table(
					[l10n.t("reason"), l10n.t("times")],
					reasons.map(([reason, count]) => [silenceWords(reason), String(count)]),
				)),
		"",
	].join("\n");
}

function silenceWords(reason: string): string {
	const words: Readonly<Record<string, string>> = {
		switchedOff: l10n.t("suggestions are switched off"),
		onlyByHand: l10n.t("suggestions come by hand alone"),
		snoozed: l10n.t("snoozed"),
		languageOff: l10n.t("off for this language"),
		inComment: l10n.t("in a comment, and comments are turned off"),
		midWord: l10n.t("inside a word"),
		selectionNotExtendable: l10n.t("the item chosen in the editor's list could not be gone on from"),
		notOnDisk: l10n.t("the document lies on no disk, so nothing says whether a model may see it"),
		fileNotAllowed: l10n.t("the file is not for a model"),
		noSuchPlace: l10n.t("the place was gone"),
		nothingToGoOn: l10n.t("an empty file"),
		contextTooSmall: l10n.t("no room in the model's context"),
		superseded: l10n.t("a newer key came first"),
		cancelled: l10n.t("the editor asked to stop"),
		elsewhere: l10n.t("another extension suggested something"),
		tooLate: l10n.t("it took too long"),
		nothingToAdd: l10n.t("the model had nothing to add"),
		nothingAfterTrimming: l10n.t("what it wrote stands there already"),
		repetition: l10n.t("it went in circles"),
		repeatsFollowing: l10n.t("it wrote what follows"),
		lowConfidence: l10n.t("the model was not sure enough"),
		failed: l10n.t("it failed; the log says why"),
	};
	return words[reason] ?? reason;
}
