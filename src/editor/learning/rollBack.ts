/** Another run's adapter, or none, chosen from a list: what the page does, for the keyboard. */
import { l10n, type QuickPickItem, window } from "vscode";
import type { History } from "#protocol/history";
import type { Runs } from "./runs.ts";

interface Choice extends QuickPickItem {
	readonly id: string | null;
}

/** False: there is nothing to choose from. */
export async function rollBack(runs: Runs): Promise<boolean> {
	const choices = choicesOf(await runs.list());
	if (choices.length === 1) return false;
	const chosen = await window.showQuickPick(choices, { title: l10n.t("Which run's adapter shall be used?") });
	if (chosen !== undefined) await runs.use(chosen.id);
	return true;
}

function choicesOf({ runs, served }: History): readonly Choice[] {
	const usable = runs.filter(({ accepted }) => accepted);
	const mark = (id: string | null) => (id === served ? "$(check) " : "");
	return [
		...usable.map(({ id, endedMs, bitsPerByte }) => ({
			id,
			label: `${mark(id)}${new Date(endedMs).toLocaleString()}`,
			detail:
				bitsPerByte === null
					? ""
					: l10n.t("bits per byte {0} → {1}", bitsPerByte.before.toFixed(3), bitsPerByte.after.toFixed(3)),
		})),
		{ id: null, label: `${mark(null)}${l10n.t("None: the base model alone")}` },
	];
}
