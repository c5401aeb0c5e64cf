/** Before a model is loaded: does it fit? */
import { l10n, window } from "vscode";
import type { ModelChoice } from "#protocol/serving";
import type { ModelFacts } from "#protocol/store";
import { size } from "../words.ts";

type Format = ModelChoice["format"];

/** The format to load it in; undefined: not at all. Asks only where more is wanted than is free. */
export async function confirmMemory(model: ModelFacts, format: Format, freeMiB: number): Promise<Format | undefined> {
	const needed = model.memoryMiB[format];
	if (needed <= freeMiB) return format;
	const mebibytes = (value: number) => size(value * 2 ** 20);
	const smaller = format !== "int4" && model.memoryMiB.int4 <= freeMiB;
	const load = l10n.t("Load It Anyway");
	const withFour = l10n.t("Load It With Four Bits");
	const chosen = await window.showWarningMessage(
		l10n.t("{0} may take up to {1} of memory; {2} are free.", model.name, mebibytes(needed), mebibytes(freeMiB)),
		{
			modal: true,
			detail: smaller
				? l10n.t("With weights of four bits it takes up to {0}.", mebibytes(model.memoryMiB.int4))
				: l10n.t("The machine may become slow, or the model may not load."),
		},
		...(smaller ? [withFour, load] : [load]),
	);
	if (chosen === withFour) return "int4";
	return chosen === load ? format : undefined;
}
