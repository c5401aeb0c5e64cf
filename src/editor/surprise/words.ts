/** Surprise in words and badges: how a file, or a line, compares with what is usual. */
import { l10n } from "vscode";
import type { FileSurprise, SurprisingLine } from "#protocol/surprise";

export type Level = "familiar" | "ordinary" | "unusual" | "strange";

/** By how many times the project's median a file costs. */
export function levelOf(ratio: number): Level {
	if (ratio < 0.75) return "familiar";
	if (ratio < 1.25) return "ordinary";
	return ratio < 1.6 ? "unusual" : "strange";
}

/** Told apart without colour, too. */
export function badgeOf(level: Level): string {
	return { familiar: "▁", ordinary: "▃", unusual: "▅", strange: "▇" }[level];
}

export function fileTooltip({ bitsPerByte, perplexity, adapted }: FileSurprise, median: number): string {
	const ratio = bitsPerByte / median;
	const level = {
		familiar: l10n.t("familiar"),
		ordinary: l10n.t("like most files here"),
		unusual: l10n.t("unusual"),
		strange: l10n.t("strange"),
	}[levelOf(ratio)];
	const whose = adapted ? l10n.t("to the model that learned this workspace") : l10n.t("to the model as it came");
	const numbers = l10n.t(
		"{0} bits per byte, {1} times the project's median of {2}; perplexity {3} per token",
		...[bitsPerByte.toFixed(2), ratio.toFixed(2), median.toFixed(2), perplexity.toFixed(1)],
	);
	return `Attune: ${level} ${whose} (${numbers})`;
}

/** Markdown. `bitsPerByte`: of the line's file. */
export function lineHover({ bits, bytes, piece }: SurprisingLine, bitsPerByte: number, text: string): string {
	const times = (bits / (bytes * bitsPerByte)).toFixed(1);
	const line = l10n.t("Attune: **{0} bits**, {1} times what a line of this length costs here.", bits.toFixed(0), times);
	const said = quoted(text.slice(piece.from, piece.to));
	if (said === "") return line;
	const place = l10n.t("Least expected: {0}, {1} bits.", said, piece.bits.toFixed(1));
	const likeliest = piece.likeliest === null ? "" : quoted(piece.likeliest);
	return `${line}\n\n${place}${likeliest === "" ? "" : ` ${l10n.t("Likeliest in its place: {0}.", likeliest)}`}`;
}

/** As code that nothing in it can break out of, with what would not be seen made visible. */
function quoted(text: string): string {
	const visible = text
		.replace(/\r?\n|\r/g, "⏎")
		.replaceAll("\t", "⇥")
		.replaceAll("`", "'")
		.replace(/^ | $/g, "␣");
	return visible === "" ? "" : `\`${visible}\``;
}
