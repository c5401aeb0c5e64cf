/** Files by the names that reports give them: relative to the folder, or behind its name where there are several. */
import { l10n, Range, Uri, window, workspace } from "vscode";
import { AttuneError } from "#base/errors";

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

function placesOf(path: string): Uri[] {
	const folders = workspace.workspaceFolders ?? [];
	const [only] = folders;
	if (folders.length === 1 && only !== undefined) return [Uri.joinPath(only.uri, path)];
	const cut = path.indexOf("/");
	const [name, rest] = [path.slice(0, cut), path.slice(cut + 1)];
	const named = folders.filter(({ uri }) => uri.path.endsWith(`/${name}`));
	return [...named, ...folders].map(({ uri }) => Uri.joinPath(uri, rest));
}
