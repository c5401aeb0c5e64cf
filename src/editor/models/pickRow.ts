/** A list that opens at once, fills when its rows are known, and whose rows may have a button. */
import { l10n, window } from "vscode";
import type { ModelChoosing, ModelRow } from "./modelRows.ts";

export function pickRow(rows: () => Promise<ModelRow[]>): Promise<ModelChoosing | undefined> {
	const pick = window.createQuickPick<ModelRow>();
	pick.title = l10n.t("The model that writes");
	pick.placeholder = l10n.t("Choose one, or fetch another");
	pick.matchOnDescription = true;
	pick.matchOnDetail = true;
	pick.busy = true;
	return new Promise((resolve, reject) => {
		const finish = (chosen: ModelChoosing | undefined) => {
			resolve(chosen);
			pick.hide();
		};
		pick.onDidAccept(() => {
			const [row] = pick.selectedItems;
			if (row?.does !== undefined) finish(row.does);
		});
		pick.onDidTriggerItemButton(({ item }) => finish(item.deletes));
		pick.onDidHide(() => {
			resolve(undefined);
			pick.dispose();
		});
		pick.show();
		rows().then(
			(items) => {
				pick.items = items;
				pick.busy = false;
			},
			(error) => {
				reject(error);
				pick.hide();
			},
		);
	});
}
