/** Files by the names that models, reports and lists are given: relative to the folder, or behind its name where there are several. */
import { Uri, workspace } from "vscode";

/** Where it may lie, the likeliest first. */
export function placesOf(path: string): readonly Uri[] {
	const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
	const [only] = folders;
	if (folders.length === 1 && only !== undefined) return [Uri.joinPath(only.uri, path)];
	const cut = path.indexOf("/");
	const [name, rest] = [path.slice(0, cut), path.slice(cut + 1)];
	const named = folders.filter(({ uri }) => uri.path.endsWith(`/${name}`));
	return [...named, ...folders].map(({ uri }) => Uri.joinPath(uri, rest));
}
