/** What a click on the status bar offers. */
import { commands, l10n, type QuickPickItem, QuickPickItemKind, window, workspace } from "vscode";
import type { Adaptation } from "./adaptation.ts";
import { completionMode, section } from "./settings.ts";
import type { Snooze } from "./snooze.ts";

export interface MenuPorts {
	readonly snooze: Snooze;
	readonly adaptation: Adaptation;
}

interface Entry extends QuickPickItem {
	readonly command?: string;
}

export async function showMenu({ snooze, adaptation }: MenuPorts): Promise<void> {
	const language = window.activeTextEditor?.document.languageId;
	const asleep = snooze.until !== undefined;
	const entries: readonly Entry[] = [
		{ label: l10n.t("Project"), kind: QuickPickItemKind.Separator },
		...learningEntries(adaptation),
		{ label: l10n.t("$(pulse) Show Learning"), command: "attune.showLearning" },
		{ label: l10n.t("$(graph) Show What Was Learned"), command: "attune.showReport" },
		{ label: l10n.t("$(history) Show Runs"), command: "attune.showRuns" },
		{ label: l10n.t("$(list-unordered) Show What Is Read"), command: "attune.showFiles" },
		{ label: l10n.t("$(pulse) Show What Keep-Learning Gains"), command: "attune.showKeeping" },
		{ label: l10n.t("$(flame) Show Surprise Map"), command: "attune.showSurprise" },
		{ label: l10n.t("Suggestions"), kind: QuickPickItemKind.Separator },
		{
			label: asleep ? l10n.t("$(bell) Wake Up") : l10n.t("$(bell-slash) Snooze"),
			command: "attune.snooze",
		},
		...(language === undefined
			? []
			: [{ label: l10n.t("$(code) Turn On or Off for {0}", language), command: "attune.toggleLanguage" }]),
		{ label: l10n.t("$(chip) Choose Model"), command: "attune.chooseModel" },
		{ label: l10n.t("$(list-ordered) Show Counts"), command: "attune.showCounts" },
		{ label: l10n.t("$(gear) Settings"), command: "attune.openSettings" },
		{ label: l10n.t("Help"), kind: QuickPickItemKind.Separator },
		{ label: l10n.t("$(mortar-board) Get Started"), command: "attune.openWalkthrough" },
		{ label: l10n.t("$(eye) Show Last Prompt"), command: "attune.showLastPrompt" },
		{ label: l10n.t("$(refresh) Restart"), command: "attune.restart" },
		{ label: l10n.t("$(output) Show Log"), command: "attune.showLog" },
		{ label: l10n.t("$(copy) Copy Diagnostics"), command: "attune.copyDiagnostics" },
		{ label: l10n.t("$(trash) Delete All Data..."), command: "attune.deleteData" },
	];
	const chosen = await window.showQuickPick(entries, { title: "Attune" });
	if (chosen?.command !== undefined) await commands.executeCommand(chosen.command);
}

/** What can be done about learning just now. */
function learningEntries({ learning, unfinished }: Adaptation): readonly Entry[] {
	if (learning !== undefined)
		return [{ label: l10n.t("$(stop-circle) Cancel Learning"), command: "attune.cancelLearning" }];
	const adapt = { label: l10n.t("$(sparkle) Adapt to Workspace"), command: "attune.adapt" };
	const resume = { label: l10n.t("$(debug-continue) Resume Learning"), command: "attune.resume" };
	return unfinished ? [resume, adapt] : [adapt];
}

/** Asks for how long; wakes up if it sleeps. */
export async function snoozeFor(snooze: Snooze, minutes?: number): Promise<void> {
	if (minutes !== undefined) return snooze.start(minutes);
	if (snooze.until !== undefined) return snooze.start(0);
	const choices = [5, 30, 120].map((value) => ({ label: l10n.t("{0} minutes", value), value }));
	const chosen = await window.showQuickPick(choices, { title: l10n.t("No suggestions for") });
	if (chosen !== undefined) snooze.start(chosen.value);
}

/** For the language of the active editor, as the user's own setting. */
export async function toggleLanguage(): Promise<void> {
	const document = window.activeTextEditor?.document;
	if (document === undefined) return;
	const scope = { languageId: document.languageId };
	const isOn = completionMode(document) !== "off";
	// A language that was the exception is none any more.
	const isOnElsewhere = completionMode(undefined) !== "off";
	const mode = isOn === isOnElsewhere ? (isOn ? "off" : "automatic") : undefined;
	await workspace.getConfiguration(section, scope).update("completions.mode", mode, true, true);
}
