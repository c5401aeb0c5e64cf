/** How far a download is, in a line. */
import { l10n } from "vscode";
import type { FetchProgress } from "#protocol/store";
import { duration, size } from "../words.ts";

export function fetchWords({ done, total, rate, secondsLeft }: FetchProgress): string {
	const parts = [
		total === undefined ? size(done) : l10n.t("{0} of {1}", size(done), size(total)),
		rate === undefined || rate < 1 ? "" : l10n.t("{0} a second", size(rate)),
		secondsLeft === undefined ? "" : l10n.t("{0} left", duration(Math.max(1, secondsLeft))),
	];
	return parts.filter((part) => part !== "").join(", ");
}
