/** Wires up conversations: the side panel, explanations from the editor, the editor's own Chat. */
import { CodeActionKind, commands, languages, window } from "vscode";
import type { Shared } from "../shared.ts";
import { Chat } from "./chat.ts";
import { explainActions, explainKind, type Problem, whatToExplain } from "./explain.ts";
import { chooseChat, deleteChats } from "./history.ts";
import { fileOf, selectionOf } from "./mentions.ts";
import { ChatModel } from "./model.ts";
import { registerParticipant } from "./participant.ts";
import { registerModels } from "./provider.ts";
import { ServingTalker } from "./talk.ts";

export function wireChat({ context, serving, notices, log, own, handle, forgets }: Shared): Chat {
	const talker = new ServingTalker(serving);
	const model = new ChatModel(serving, context.globalState);
	const chat = new Chat({ context, talker, model, notices, log });
	const { view, changes, sessions } = chat;
	chat.participant = registerParticipant(talker, context.extensionUri);
	const changed = () => view.stateChanged();
	own(talker, model, chat);
	forgets(() => sessions.removeAll());
	own(
		window.registerWebviewViewProvider("attune.chat", view),
		window.onDidChangeTextEditorSelection(changed),
		window.onDidChangeActiveTextEditor(changed),
		model.onChange(changed),
		changes.onChange(() => {
			changed();
			commands.executeCommand("setContext", "attune.changePending", changes.pending !== undefined);
		}),
		languages.registerCodeActionsProvider({ scheme: "file" }, explainActions, {
			providedCodeActionKinds: [explainKind, CodeActionKind.QuickFix],
		}),
		...(chat.participant === undefined ? [] : [chat.participant]),
		...registerModels({ talker, model, serving }),
	);
	handle({
		openChat: () => view.reveal(),
		newChat: () => chat.begin(),
		async chats() {
			await chat.restored();
			if (await chooseChat(sessions)) await view.reveal();
		},
		deleteChats: () => deleteChats(sessions),
		explain: async () => chat.explain(await whatToExplain()),
		explainProblem: async (problem: Problem) => chat.explain(await whatToExplain(problem)),
		async addToChat() {
			const editor = window.activeTextEditor;
			if (editor !== undefined) await view.attach(selectionOf(editor) ?? fileOf(editor.document.uri));
		},
		acceptChange: () => changes.settle(true),
		discardChange: () => changes.settle(false),
	});
	return chat;
}
