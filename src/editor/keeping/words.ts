/** Keep-learning in words: a line for the status bar, and a page. */
import { l10n } from "vscode";
import type { KeepScore } from "#protocol/keeping";
import { percent, size, table } from "../words.ts";
import type { Dropped, KeepingState, Kept, Pause, Verdict } from "./state.ts";

/** Undefined where it is switched off. */
export function keepingLine({ state, score }: Kept): string | undefined {
	if (state.kind === "paused" && state.reason === "off") return undefined;
	const compared = score === undefined ? "" : scoreWords(score);
	return compared === "" ? stateWords(state) : `${stateWords(state)}; ${compared}`;
}

export function stateWords(state: KeepingState): string {
	switch (state.kind) {
		case "learning":
			return l10n.t("learns what changed");
		case "upToDate":
			return l10n.t("all that changed is learned");
		case "paused":
			return l10n.t("paused: {0}", pauseWords(state.reason));
	}
}

function pauseWords(reason: Pause): string {
	const words: Readonly<Record<Pause, string>> = {
		off: l10n.t("it is switched off"),
		restricted: l10n.t("nothing is learned in Restricted Mode"),
		noFolder: l10n.t("no folder on this machine's disk is open"),
		notAgreed: l10n.t("it begins once Adapt to Workspace has shown you what is read"),
		adapting: l10n.t("Adapt to Workspace is running"),
		typing: l10n.t("you are typing"),
		battery: l10n.t("this machine runs on its battery"),
		elsewhere: l10n.t("another window or program learns on this machine"),
		tooSmall: l10n.t("the project is too small to judge what was learned"),
		tooLarge: l10n.t("the project has more lines than can be told from new ones"),
		failed: l10n.t("the learning process failed; the log says why"),
	};
	return words[reason];
}

function droppedWords(reason: Dropped["reason"]): string {
	const words: Readonly<Record<Dropped["reason"], string>> = {
		diverged: l10n.t("learning it diverged"),
		hopeless: l10n.t("more of it would not have helped"),
		otherHoldOut: l10n.t(
			"the project has changed so much that other text of it judges now, and the same lines are learned again",
		),
	};
	return words[reason];
}

function scoreWords({ stream: { compared } }: KeepScore): string {
	if (compared.base.windows === 0) return "";
	const [now, base] = [compared.adapted.bitsPerByte.toFixed(2), compared.base.bitsPerByte.toFixed(2)];
	return l10n.t("new lines cost {0} bits per byte, {1} without learning", now, base);
}

export function keepingPage({ state, score, verdict, dropped }: Kept, where: string): string {
	return [
		`# ${l10n.t("What Attune keeps learning of {0}", where)}`,
		"",
		`**${sentence(stateWords(state))}**`,
		"",
		...(score === undefined || score.stream.compared.base.windows === 0
			? [l10n.t("Nothing was learned in this window yet."), ""]
			: scoreTable(score)),
		...(verdict === undefined
			? []
			: [
					`## ${l10n.t("Last judged")}`,
					"",
					`${new Date(verdict.at).toLocaleTimeString()}: ${sentence(verdict.words)}`,
					"",
					consequence(verdict),
					"",
				]),
		...(dropped === undefined ? [] : droppedPart(dropped)),
		l10n.t(
			"Every new line is predicted before it is learned, by the adapter as it was then and by the base model, which never learns. Files that judge are never learned. What was learned is served only when it passes the test of Adapt to Workspace, which is stricter each time it is taken again: else chance would pass it one day.",
		),
		"",
	].join("\n");
}

function consequence({ accepted, overruled }: Verdict): string {
	if (overruled) return l10n.t("What is served was chosen anew meanwhile and stays. This one is among the kept runs.");
	return accepted
		? l10n.t("Suggestions are written with it from then on.")
		: l10n.t("What was served before stays as it was.");
}

function droppedPart({ reason, at }: Dropped): string[] {
	const words = l10n.t(
		"{0}: what had been learned was dropped, and the adapter that is served is gone on from. The reason: {1}.",
		...[new Date(at).toLocaleTimeString(), droppedWords(reason)],
	);
	return [`## ${l10n.t("Last started over")}`, "", words, ""];
}

function scoreTable({ stream, learned }: KeepScore): string[] {
	const { adapted, base } = stream.compared;
	const rows = [
		[l10n.t("bits per byte"), base.bitsPerByte.toFixed(3), adapted.bitsPerByte.toFixed(3)],
		[l10n.t("next token right"), percent(base.top1, 1), percent(adapted.top1, 1)],
	];
	const amount = l10n.t(
		"{0} of new lines in {1} passages; {2} of them surprising enough to be learned.",
		...[size(stream.predicted.bytes), stream.predicted.windows, learned],
	);
	return [
		`## ${l10n.t("On lines it had not seen yet")}`,
		"",
		...table(["", l10n.t("base model"), l10n.t("kept learning")], rows),
		...["", amount, ""],
	];
}

function sentence(text: string): string {
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
