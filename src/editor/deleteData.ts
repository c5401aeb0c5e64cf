/** Deleting everything that Attune keeps: what and how much is said, and agreed to, first. */
import { rm } from "node:fs/promises";
import { l10n, type Memento, window } from "vscode";
import { deleteKept, inspectModel, type KeptPlace, keptPlaces } from "#protocol/store";
import { deletedKey, followedKey, sizeOf, storageFolders } from "./keptByEditor.ts";
import { modelChoice, setModel } from "./settings.ts";
import type { Shared } from "./shared.ts";
import { size } from "./words.ts";

/** False: it was not agreed to. */
export async function deleteData(shared: Shared): Promise<boolean> {
	const { store, context, serving, learner, notices } = shared;
	const places = await store.call(keptPlaces, null);
	const folders = await storageFolders(context);
	const chats = (await Promise.all(folders.map(sizeOf))).reduce((sum, bytes) => sum + bytes, 0);
	const go = l10n.t("Delete All");
	const detail = [
		...places.map(placeWords),
		l10n.t("What the editor keeps for Attune, chats among it: {0}", size(chats)),
	];
	const rest = l10n.t("Your own files and settings stay, and so does the model that comes with Attune.");
	const question = l10n.t("Delete all that Attune keeps on this machine, for every project?");
	const options = { modal: true, detail: [...detail, "", rest].join("\n") };
	if ((await window.showWarningMessage(question, options, go)) !== go) return false;
	await Promise.all([learner.stop(), serving.supervisor.stop()]);
	await shared.forget();
	const { bytes } = await store.call(deleteKept, null);
	for (const folder of folders) await rm(folder, { recursive: true, force: true });
	await clear(context.workspaceState);
	await clear(context.globalState);
	const now = Date.now();
	await context.globalState.update(deletedKey, now);
	await context.workspaceState.update(followedKey, now);
	await leaveDeletedModel(shared);
	notices.tell(l10n.t("all is deleted: {0}.", size(bytes + chats)));
	return true;
}

function placeWords({ kind, bytes, files }: KeptPlace): string {
	const words: Readonly<Record<KeptPlace["kind"], string>> = {
		models: l10n.t("Fetched models"),
		weights: l10n.t("Weights made ready, and their cache"),
		workspaces: l10n.t("Adapters, scores and checkpoints of projects"),
		bench: l10n.t("Models of benchmarks"),
	};
	return l10n.t("{0}: {1} in {2} files", words[kind], size(bytes), files);
}

/** A setting that names a model which is gone would only fail from now on. */
async function leaveDeletedModel({ store }: Shared): Promise<void> {
	const { model, format } = modelChoice();
	if (model === undefined) return;
	await store.call(inspectModel, { model }).catch(() => setModel("", format));
}

async function clear(memory: Memento): Promise<void> {
	for (const key of memory.keys()) await memory.update(key, undefined);
}
