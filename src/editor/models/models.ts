/** Which model writes: chosen from those that are here, fetched, deleted. */
import { l10n, ProgressLocation, window } from "vscode";
import { servingStatus } from "#protocol/serving";
import { deleteModel, fetchModel, inspectModel, type ModelFacts, shelf } from "#protocol/store";
import type { Supervisor } from "#supervise/supervisor";
import { signalOf } from "../completions.ts";
import { isCancelled, type Notices } from "../notices.ts";
import type { Serving } from "../serving.ts";
import { fetchSettings, modelChoice, setModel } from "../settings.ts";
import { size } from "../words.ts";
import { fetchWords } from "./fetchWords.ts";
import { confirmMemory } from "./memory.ts";
import { type ModelChoosing, modelRows, type RowsFor } from "./modelRows.ts";
import { pickRow } from "./pickRow.ts";

export interface ModelsPorts {
	readonly store: Supervisor;
	readonly serving: Serving;
	readonly notices: Notices;
}

export class Models {
	readonly #ports: ModelsPorts;

	constructor(ports: ModelsPorts) {
		this.#ports = ports;
	}

	/** Asks until something is chosen or nothing is wanted. */
	async choose(): Promise<void> {
		const chosen = await pickRow(async () => modelRows(await this.#rowsFor()));
		if (chosen !== undefined) await this.#do(chosen);
	}

	/** Fetches `owner/name`, asked for where it is not given, and then uses it. */
	async fetch(given?: string): Promise<ModelFacts | undefined> {
		const repository = given ?? (await askForName());
		if (repository === undefined) return undefined;
		const { store, notices } = this.#ports;
		const again = (label: string) => [{ label, command: "attune.fetchModel", values: [repository] }];
		try {
			const model = await this.#fetch(store, repository);
			await this.use(model, model.name);
			return model;
		} catch (error) {
			if (isCancelled(error))
				notices.tell(l10n.t("fetching {0} was stopped; it goes on where it was.", repository), again(l10n.t("Resume")));
			else notices.failed(error, again(l10n.t("Try Again")), true);
			return undefined;
		}
	}

	/** A folder of the user's own; the engine says whether it can be used. */
	async useFolder(given?: string): Promise<void> {
		const folder = given ?? (await askForFolder());
		if (folder === undefined) return;
		try {
			await this.use(await this.#ports.store.call(inspectModel, { model: folder }), folder);
		} catch (error) {
			const choose = { label: l10n.t("Choose Another"), command: "attune.chooseModel" };
			this.#ports.notices.failed(error, [choose], true);
		}
	}

	/** Loads it, once the user knows what it takes of the memory if that is much. */
	async use(model: ModelFacts, setting: string): Promise<boolean> {
		const { serving, notices } = this.#ports;
		const format = await confirmMemory(model, modelChoice().format, await this.#freeMiB());
		if (format === undefined) return false;
		await setModel(setting, format);
		try {
			await window.withProgress(
				{ location: ProgressLocation.Notification, title: l10n.t("Attune loads {0}", model.name) },
				async () => {
					await serving.changed();
					await serving.ready();
				},
			);
		} catch (error) {
			notices.failed(error, [{ label: l10n.t("Choose Another"), command: "attune.chooseModel" }], true);
			return false;
		}
		const { state } = serving;
		const adapt = { label: l10n.t("Adapt to Workspace"), command: "attune.adapt" };
		if (state.kind === "ready" && state.adapterProblem !== undefined)
			notices.tell(l10n.t("{0} writes now. What was learned before belongs to another model.", model.name), [adapt]);
		else notices.tell(l10n.t("{0} writes now.", model.name));
		return true;
	}

	/** Asks first. What is in use is exchanged for the shipped model before. */
	async delete(name: string, diskMiB?: number): Promise<void> {
		const { store, serving, notices } = this.#ports;
		const go = l10n.t("Delete");
		const detail = l10n.t("It can be fetched again. Adapters learned with it stay.");
		const question = l10n.t("Delete the model {0}?", name);
		if ((await window.showWarningMessage(question, { modal: true, detail }, go)) !== go) return;
		const { model } = modelChoice();
		if (model === name || (model !== undefined && (await this.#folderOf(model)) === (await this.#folderOf(name)))) {
			await setModel("", modelChoice().format);
			await serving.changed();
		}
		const { bytes } = await store.call(deleteModel, { name });
		notices.tell(l10n.t("{0} is deleted, {1}.", name, size(Math.max(bytes, (diskMiB ?? 0) * 2 ** 20))));
	}

	async #do(chosen: ModelChoosing): Promise<void> {
		switch (chosen.kind) {
			case "use":
				await this.use(chosen.model, chosen.setting);
				return;
			case "fetch":
				await this.fetch(chosen.repository);
				return;
			case "delete":
				await this.delete(chosen.name, chosen.diskMiB);
				return;
			case "folder":
				return await this.useFolder();
			case "name":
				await this.fetch();
		}
	}

	async #fetch(store: Supervisor, repository: string): Promise<ModelFacts> {
		const title = l10n.t("Attune fetches {0}", repository);
		return await window.withProgress(
			{ location: ProgressLocation.Notification, title, cancellable: true },
			async (progress, token) => {
				let before = 0;
				return await store.callStream(
					fetchModel,
					{ repository, ...fetchSettings() },
					{
						signal: signalOf(token),
						onPart(part) {
							const share = part.total === undefined ? 0 : (100 * part.done) / part.total;
							progress.report({ message: fetchWords(part), increment: Math.max(0, share - before) });
							before = Math.max(before, share);
						},
					},
				);
			},
		);
	}

	async #rowsFor(): Promise<RowsFor> {
		const { store } = this.#ports;
		const { model, format } = modelChoice();
		const found = await store.call(shelf, null);
		const listed = found.models.find(({ name, folder }) => model === name || model === folder);
		const own = model === undefined || listed !== undefined ? undefined : await this.#own(model);
		const used = model === undefined ? undefined : (listed?.folder ?? model);
		return { shelf: found, own, used, format, freeMiB: await this.#freeMiB(found.availableMiB) };
	}

	async #own(model: string): Promise<RowsFor["own"]> {
		try {
			return await this.#ports.store.call(inspectModel, { model });
		} catch (error) {
			const { message, remedy = "" } = error as { readonly message: string; readonly remedy?: string };
			return { name: model, folder: model, reason: message, remedy };
		}
	}

	async #folderOf(model: string): Promise<string> {
		const own = await this.#own(model);
		return own?.folder ?? model;
	}

	/** What is free, and what the model that is resident now gives back. */
	async #freeMiB(available?: number): Promise<number> {
		const { store, serving } = this.#ports;
		const free = available ?? (await store.call(shelf, null)).availableMiB;
		if (serving.state.kind !== "ready") return free;
		return free + (await serving.supervisor.call(servingStatus, null)).rssMiB;
	}
}

async function askForName(): Promise<string | undefined> {
	const name = await window.showInputBox({
		title: l10n.t("Fetch a model"),
		prompt: l10n.t("Its name on the Hugging Face Hub. Llama, Mistral, Qwen2 and Qwen3 models can be used."),
		placeHolder: "Qwen/Qwen2.5-Coder-0.5B",
		ignoreFocusOut: true,
		validateInput: (text) =>
			text.trim() === "" || /^[\w.-]+\/[\w.-]+(@[\w./-]+)?$/.test(text.trim())
				? undefined
				: l10n.t("Write owner/name, or owner/name@revision."),
	});
	return name === undefined || name.trim() === "" ? undefined : name.trim();
}

async function askForFolder(): Promise<string | undefined> {
	const [folder] =
		(await window.showOpenDialog({
			...{ canSelectFolders: true, canSelectFiles: false, openLabel: l10n.t("Use This Model") },
			title: l10n.t("A folder with config.json, tokenizer.json and *.safetensors"),
		})) ?? [];
	return folder?.fsPath;
}
