/** The workspace's conversations as a list to choose from, and to delete from. */
import { l10n, type QuickInputButton, type QuickPickItem, ThemeIcon, window } from "vscode";
import type { Conversation } from "#protocol/chatPage";
import type { ChatSessions } from "./sessions.ts";
import { titleOf } from "./turns.ts";

interface Entry extends QuickPickItem {
	readonly id: string;
}

/** Opens the chosen one; resolves to whether one was chosen. */
export async function chooseChat(sessions: ChatSessions): Promise<boolean> {
	const picker = window.createQuickPick<Entry>();
	picker.title = l10n.t("Conversations in This Workspace");
	picker.placeholder = l10n.t("Choose one to go on with");
	picker.matchOnDescription = true;
	const fill = async () => {
		picker.items = (await sessions.list()).map((one) => entry(one, one.id === sessions.current.id));
	};
	await fill();
	return await new Promise((resolve) => {
		picker.onDidTriggerItemButton(async ({ item }) => {
			await sessions.remove(item.id);
			await fill();
		});
		picker.onDidAccept(async () => {
			const [chosen] = picker.selectedItems;
			if (chosen !== undefined) await sessions.open(chosen.id);
			resolve(chosen !== undefined);
			picker.hide();
		});
		picker.onDidHide(() => {
			resolve(false);
			picker.dispose();
		});
		picker.show();
	});
}

/** Asks first. */
export async function deleteChats(sessions: ChatSessions): Promise<void> {
	const label = l10n.t("Delete All");
	const question = l10n.t("Delete all conversations of this workspace? This cannot be undone.");
	if ((await window.showWarningMessage(question, { modal: true }, label)) === label) await sessions.removeAll();
}

function entry(conversation: Conversation, isOpen: boolean): Entry {
	const remove: QuickInputButton = { iconPath: new ThemeIcon("trash"), tooltip: l10n.t("Delete") };
	const count = conversation.turns.length;
	const when = new Date(conversation.changed).toLocaleString();
	return {
		id: conversation.id,
		label: `${isOpen ? "$(check) " : ""}${titleOf(conversation)}`,
		description: `${when}, ${count === 1 ? l10n.t("1 question") : l10n.t("{0} questions", count)}`,
		buttons: [remove],
	};
}
