/** One item: what is going on, and in its tooltip with what. A click opens the menu. */
import { l10n, MarkdownString, StatusBarAlignment, type StatusBarItem, ThemeColor, window, workspace } from "vscode";
import type { Adaptation } from "./adaptation.ts";
import type { Keeping } from "./keeping/keeping.ts";
import { keepingLine } from "./keeping/words.ts";
import type { Serving, ServingState } from "./serving.ts";
import { silenceWords } from "./silenceWords.ts";
import type { Snooze } from "./snooze.ts";
import { headline } from "./statusWords.ts";
import type { Tally } from "./tally.ts";
import { code, plain, table } from "./words.ts";

export interface StatusPorts {
	readonly serving: Serving;
	readonly adaptation: Adaptation;
	readonly keeping: Keeping;
	readonly snooze: Snooze;
	readonly tally: Tally;
}

export class StatusBar {
	readonly item: StatusBarItem = window.createStatusBarItem("attune.status", StatusBarAlignment.Right, 100);
	readonly #ports: StatusPorts;

	constructor(ports: StatusPorts) {
		this.#ports = ports;
		this.item.name = "Attune";
		this.item.command = "attune.menu";
		this.update();
		this.item.show();
	}

	update(): void {
		const { icon, text, label, warning } = headline(this.#ports);
		this.item.text = `$(${icon}) ${text}`;
		this.item.backgroundColor = warning ? new ThemeColor("statusBarItem.warningBackground") : undefined;
		this.item.accessibilityInformation = { label, role: "button" };
		this.item.tooltip = tooltip(this.#ports);
	}

	dispose(): void {
		this.item.dispose();
	}
}

/** Commands that its links may run, and no others. */
const linked = {
	chooseModel: () => l10n.t("Choose Model"),
	adapt: () => l10n.t("Adapt to Workspace"),
	showReport: () => l10n.t("What Was Learned"),
	snooze: () => l10n.t("Snooze"),
	openSettings: () => l10n.t("Settings"),
	restart: () => l10n.t("Restart"),
	showLog: () => l10n.t("Log"),
} as const;

type Linked = keyof typeof linked;

function tooltip(ports: StatusPorts): MarkdownString {
	const { serving, adaptation, keeping, snooze, tally } = ports;
	const { shown, accepted, medianMs } = tally.counts;
	const rows: string[][] = [...modelRows(serving.state)];
	if (adaptation.learning !== undefined) rows.push([l10n.t("Learning"), adaptation.learning.words]);
	const keeps = keepingLine(keeping.kept);
	if (keeps !== undefined) rows.push([l10n.t("Keep-learning"), keeps]);
	if (snooze.until !== undefined) rows.push([l10n.t("Quiet until"), new Date(snooze.until).toLocaleTimeString()]);
	if (shown > 0) rows.push([l10n.t("Suggestions"), l10n.t("{0} shown, {1} taken", shown, accepted)]);
	const silences = silenceWords(tally.counts);
	if (silences !== undefined) rows.push([l10n.t("Silent"), silences]);
	if (medianMs !== undefined) rows.push([l10n.t("Median answer"), `${medianMs.toFixed(0)} ms`]);
	if (!workspace.isTrusted) rows.push([l10n.t("Restricted Mode"), l10n.t("nothing is learned here")]);
	const text = ["**Attune**", "", ...plainTable(rows), "", linksFor(ports).map(link).join(" &nbsp;·&nbsp; ")];
	const markdown = new MarkdownString(text.join("\n"), true);
	markdown.isTrusted = { enabledCommands: Object.keys(linked).map((name) => `attune.${name}`) };
	return markdown;
}

/** What helps now. */
function linksFor({ serving, adaptation, snooze }: StatusPorts): readonly Linked[] {
	if (serving.state.kind === "failed") return ["restart", "chooseModel", "showLog"];
	const canLearn = workspace.isTrusted && adaptation.learning === undefined;
	const quiet = snooze.until === undefined ? (["snooze"] as const) : [];
	return ["chooseModel", ...(canLearn ? (["adapt", "showReport"] as const) : []), ...quiet, "openSettings"];
}

function link(name: Linked): string {
	return `[${linked[name]()}](command:attune.${name})`;
}

function modelRows(state: ServingState): string[][] {
	switch (state.kind) {
		case "ready": {
			const { model, adapter, format, device, context } = state.resident;
			const bits = { float32: l10n.t("32 bits"), int8: l10n.t("8 bits"), int4: l10n.t("4 bits") }[format];
			const problem = state.adapterProblem;
			return [
				[l10n.t("Model"), l10n.t("{0}, {1}, {2} tokens", code(model), bits, context)],
				[l10n.t("Adapter"), problem === undefined ? adapterWords(adapter) : plain(problem)],
				[l10n.t("Device"), device],
			];
		}
		case "failed":
			return [[l10n.t("Problem"), plain(`${state.error.message}. ${state.error.remedy}`)]];
		case "loading":
		case "restarting":
			return [[l10n.t("Model"), l10n.t("is being loaded")]];
		case "off":
			return [[l10n.t("Model"), l10n.t("loaded when it is first needed")]];
	}
}

function adapterWords(adapter: string | null): string {
	return adapter === null ? l10n.t("none yet") : l10n.t("this workspace's");
}

function plainTable(rows: readonly (readonly string[])[]): string[] {
	// Columns stand closer than words should.
	const spaced = rows.map(([name = "", ...values]) => [`${name}&nbsp;&nbsp;`, ...values]);
	return rows.length === 0 ? [] : table(["", ""], spaced).map((line) => line.replace("--:", "---"));
}
