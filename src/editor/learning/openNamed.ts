/** Opens files by the names that reports give them. */
import { l10n, Range, window, workspace } from "vscode";
import { AttuneError } from "#base/errors";
import { placesOf } from "../namedFiles.ts";

/** `line` from 1. */
export async function openNamed(path: string, line: number): Promise<void> {
	for (const uri of placesOf(path)) {
		try {
			const document = await workspace.openTextDocument(uri);
			const at = new Range(line - 1, 0, line - 1, 0);
			await window.showTextDocument(document, { selection: at });
			return;
		} catch {
			// It may be in another folder.
		}
	}
	throw new AttuneError("workspace", l10n.t("this file can't be opened any more"), {
		file: path,
		remedy: l10n.t("It was moved or deleted since the run, or is no text."),
	});
}
