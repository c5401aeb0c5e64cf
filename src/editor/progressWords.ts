/** A run's progress in a line. */
import { l10n } from "vscode";
import type { AdaptPart } from "#protocol/learning";
import { duration, percent } from "./words.ts";

type Progress = Extract<AdaptPart, { kind: "progress" }>["progress"];

export interface ProgressWords {
	readonly words: string;
	/** Of the whole run, roughly, 0 to 1; undefined while unknown. */
	readonly share: number | undefined;
}

/** Undefined where there is nothing to say. */
export function progressWords(part: AdaptPart): ProgressWords | undefined {
	switch (part.kind) {
		case "model":
			return { words: l10n.t("{0} on {1}", part.name, part.device), share: 0 };
		case "estimate":
			return {
				words: l10n.t("about {0}, {1} MiB", duration(part.estimate.seconds.total), part.estimate.memoryMiB),
				share: undefined,
			};
		case "progress":
			return ofPhase(part.progress);
		default:
			return undefined;
	}
}

function ofPhase({ phase, done, total, rate, secondsLeft }: Progress): ProgressWords {
	const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
	const parts = [
		share === undefined ? `${phaseWords(phase)} ${done}` : `${phaseWords(phase)} ${percent(share)}`,
		rate === undefined ? "" : l10n.t("{0} a second", rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)),
		secondsLeft === undefined ? "" : l10n.t("{0} left", duration(Math.max(1, secondsLeft))),
	];
	return { words: parts.filter(Boolean).join(", "), share: overall(phase, share ?? 0) };
}

function phaseWords(phase: Progress["phase"]): string {
	const words: Readonly<Record<Progress["phase"], string>> = {
		reading: l10n.t("reading"),
		scoring: l10n.t("scoring"),
		learning: l10n.t("learning"),
		judging: l10n.t("judging"),
	};
	return words[phase];
}

/** Judging comes before and after; the bar never goes back, so its second part alone is counted. */
function overall(phase: Progress["phase"], share: number): number | undefined {
	if (phase === "reading") return 0.05 * share;
	if (phase === "scoring") return 0.1 + 0.3 * share;
	return phase === "learning" ? 0.4 + 0.45 * share : undefined;
}
