/** What the editor keeps for Attune, of all windows and of every workspace, and how a workspace follows when all of it is deleted. Knows no window. */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ExtensionContext } from "vscode";

/** In the state that all windows share: when everything was deleted last. */
export const deletedKey = "attune.deletedAt";
/** In a workspace's state: the deletion it has followed. */
export const followedKey = "attune.followedDeletion";

/** A workspace that was not open when everything was deleted forgets when it is opened next, its chats too. */
export function followDeletion({ globalState, workspaceState, storageUri }: ExtensionContext): void {
	const deleted = globalState.get<number>(deletedKey);
	if (deleted === undefined || workspaceState.get<number>(followedKey) === deleted) return;
	for (const key of workspaceState.keys()) void workspaceState.update(key, undefined);
	try {
		if (storageUri !== undefined) removeOlder(storageUri.fsPath, deleted);
	} catch {
		// Something holds a file: it is tried again when the workspace is opened next.
		return;
	}
	void workspaceState.update(followedKey, deleted);
}

/** The folders that there are of those that the editor gives Attune: of all windows, and of every workspace. */
export async function storageFolders(context: ExtensionContext): Promise<readonly string[]> {
	const { storageUri, globalStorageUri, extension } = context;
	const all = globalStorageUri.fsPath;
	// They are `globalStorage/<extension>` and `workspaceStorage/<workspace>/<extension>`; a window without a folder has only the first.
	const workspaces =
		storageUri === undefined ? join(all, "..", "..", "workspaceStorage") : join(storageUri.fsPath, "..", "..");
	const candidates = [all, ...(await entries(workspaces)).map((name) => join(workspaces, name, extension.id))];
	const found = await Promise.all(candidates.map(entries));
	return candidates.filter((_, i) => (found[i] ?? []).length > 0);
}

/** Bytes of all files below. */
export async function sizeOf(folder: string): Promise<number> {
	const sizes = (await entries(folder)).map(async (name) => {
		const inner = join(folder, name);
		const found = await stat(inner);
		return found.isDirectory() ? await sizeOf(inner) : found.size;
	});
	return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}

/** What a window wrote that stayed open while all was deleted is kept. */
function removeOlder(folder: string, than: number): void {
	if (!existsSync(folder)) return;
	for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
		const file = join(entry.parentPath, entry.name);
		if (!entry.isDirectory() && statSync(file).mtimeMs <= than) rmSync(file);
	}
}

/** None where there is no such folder. */
async function entries(folder: string): Promise<readonly string[]> {
	try {
		return await readdir(folder);
	} catch {
		return [];
	}
}
