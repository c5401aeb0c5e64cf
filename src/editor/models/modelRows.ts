/** Rows of the model picker, in words. */
import { l10n, type QuickInputButton, type QuickPickItem, QuickPickItemKind, ThemeIcon } from "vscode";
import type { ModelChoice } from "#protocol/serving";
import type { BrokenModel, ModelFacts, OpenModel, Shelf } from "#protocol/store";
import { size } from "../words.ts";

export type ModelChoosing =
	/** `setting`: what the user's setting then holds; "" is the shipped model. */
	| { readonly kind: "use"; readonly model: ModelFacts; readonly setting: string }
	| { readonly kind: "fetch"; readonly repository: string }
	| { readonly kind: "delete"; readonly name: string; readonly diskMiB: number | undefined }
	| { readonly kind: "folder" }
	| { readonly kind: "name" };

export interface ModelRow extends QuickPickItem {
	readonly does?: ModelChoosing;
	/** By the button of the row. */
	readonly deletes?: ModelChoosing;
}

export interface RowsFor {
	readonly shelf: Shelf;
	/** A folder that is in use and is none of Attune's. */
	readonly own: ModelFacts | BrokenModel | undefined;
	/** The folder in use; undefined: the shipped model. */
	readonly used: string | undefined;
	readonly format: ModelChoice["format"];
	/** Memory that a model may take. */
	readonly freeMiB: number;
}

export function modelRows(state: RowsFor): ModelRow[] {
	const { shelf, own, used, format, freeMiB } = state;
	const [shipped, ...fetched] = shelf.models;
	const usable = (model: ModelFacts, setting: string, inUse: boolean): ModelRow => ({
		label: `${inUse ? "$(check)" : "$(blank)"} ${model.name}`,
		description: [size(model.diskMiB * 2 ** 20), contextWords(model.context)].join(", "),
		detail: details(model, format, freeMiB),
		does: { kind: "use", model, setting },
		...(setting === model.name && deletable(model.name, model.diskMiB)),
	});
	const rows: ModelRow[] = [{ label: l10n.t("On this machine"), kind: QuickPickItemKind.Separator }];
	if (shipped !== undefined) rows.push(usable(shipped, "", used === undefined));
	for (const model of fetched) rows.push(usable(model, model.name, used === model.folder));
	if (own !== undefined) rows.push("reason" in own ? brokenRow(own, false) : usable(own, own.folder, true));
	rows.push(...shelf.broken.map((broken) => brokenRow(broken, true)));
	rows.push(
		{ label: l10n.t("To be fetched"), kind: QuickPickItemKind.Separator },
		...shelf.open.map((model) => openRow(model, format, freeMiB)),
		{ label: l10n.t("Others"), kind: QuickPickItemKind.Separator },
		{ label: l10n.t("$(folder-opened) Choose a Folder..."), does: { kind: "folder" } },
		{ label: l10n.t("$(cloud-download) Fetch by Name..."), does: { kind: "name" } },
	);
	return rows;
}

function openRow(model: OpenModel, format: ModelChoice["format"], freeMiB: number): ModelRow {
	const { repository, license, diskMiB, context } = model;
	return {
		label: `$(cloud-download) ${repository.split("/").at(-1)}`,
		description: [license, size(diskMiB * 2 ** 20), contextWords(context)].join(", "),
		detail: details(model, format, freeMiB),
		does: { kind: "fetch", repository },
	};
}

function brokenRow({ name, reason, remedy }: BrokenModel, fetched: boolean): ModelRow {
	return {
		label: `$(error) ${name}`,
		description: l10n.t("cannot be used"),
		detail: `${reason}. ${remedy}`,
		...(fetched && deletable(name, undefined)),
	};
}

function deletable(name: string, diskMiB: number | undefined): Pick<ModelRow, "buttons" | "deletes"> {
	const button: QuickInputButton = { iconPath: new ThemeIcon("trash"), tooltip: l10n.t("Delete") };
	return { buttons: [button], deletes: { kind: "delete", name, diskMiB } };
}

/** What it is good for, and what it takes. */
function details(model: ModelFacts | OpenModel, format: ModelChoice["format"], freeMiB: number): string {
	const needed = model.memoryMiB[format];
	const memory = l10n.t("Up to {0} of memory.", size(needed * 2 ** 20));
	return [uses(model), memory, needed > freeMiB ? l10n.t("$(warning) That is more than is free.") : ""]
		.join(" ")
		.trimEnd();
}

function uses({ infilling, chat }: Pick<ModelFacts, "infilling" | "chat">): string {
	if (infilling && chat) return l10n.t("For suggestions that fit what follows, and for chat.");
	if (infilling) return l10n.t("For suggestions that fit what follows.");
	if (chat) return l10n.t("For chat; suggestions see only what precedes.");
	return l10n.t("Suggestions see only what precedes.");
}

function contextWords(tokens: number): string {
	return l10n.t("{0} tokens", tokens.toLocaleString());
}
