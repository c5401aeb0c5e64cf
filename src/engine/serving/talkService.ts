/** Conversations and explanations in the serving process. */
import { statSync } from "node:fs";
import type { FeedItem } from "#adapt/source";
import { chatSampling } from "#assist/chat";
import { type ContextItem, fitItem } from "#assist/retrieval";
import { type CancelToken, neverCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import type { Connection } from "#protocol/connection";
import {
	type Asked,
	type AskParams,
	type AskPart,
	ask,
	countTokens,
	explain,
	useWorkspace,
	workspaceChanged,
} from "#protocol/talking";
import { refused } from "../allowedFile.ts";
import { ProjectChat } from "../chat.ts";
import { ChatContext } from "../chatContext.ts";
import type { OpenChatModel } from "../chatModel.ts";
import { explainPart } from "../explain.ts";
import type { Home } from "../home.ts";
import { openWorkspacePolicy, type WorkspacePolicy } from "../workspacePolicy.ts";
import { type AttachedItems, attachedItems, tooLong } from "./attachedParts.ts";

interface Workspace {
	readonly policy: WorkspacePolicy;
	readonly index: Promise<ChatContext>;
}

/** `talker`: the resident model to talk with, as it is when asked. */
export function serveTalk(connection: Connection, talker: () => Promise<OpenChatModel>, home: Home): void {
	let workspace: Workspace | undefined;
	connection.handle(useWorkspace, async ({ roots }) => {
		const opened = {
			policy: openWorkspacePolicy(roots, { home }),
			index: ChatContext.open(roots, home, neverCancelled),
		};
		workspace = opened;
		try {
			return { files: (await opened.index).files };
		} catch (error) {
			// Questions go on without the folders rather than fail with them.
			if (workspace === opened) workspace = undefined;
			throw error;
		}
	});
	connection.onNotify(workspaceChanged, async (paths) => {
		const index = await workspace?.index;
		for (const path of paths) index?.update(path);
	});
	connection.handleStream(ask, async (params, send, cancel) => {
		const model = await talker();
		const index = params.useContext ? await workspace?.index : undefined;
		const attached = attachedItems(params.attached ?? [], (file, text) => judge(workspace, home, file, text));
		const [part] = attached.items;
		// A model of one sentence can say what the part does, and nothing else about it.
		if (model.style === "sentence" && part !== undefined)
			return await sayWhatItDoes(model, part, attached, params, send, cancel);
		return await converse(model, index, attached, params, send, cancel);
	});
	connection.handle(countTokens, async ({ text }) => ({
		tokens: (await talker()).tokenizer.encode(text).length,
	}));
	connection.handleStream(explain, async ({ file, text, part }, send, cancel) => {
		const model = await talker();
		const item = judge(workspace, home, file, text);
		if (item.kind === "skipped") throw refused(file, item.skipped);
		const { reason, context, tokens, ...said } = await explainPart(item.file, part, {
			// A model of one sentence is shown nothing else: it need not wait for the index.
			...{ model, project: model.style === "full" ? await workspace?.index : undefined, cancel },
			onNotice: (notice) => void send({ kind: "notice", text: notice }),
			onText: (piece) => send({ kind: "text", text: piece }),
		});
		return { text: said.text, model: said.model, reason, context, tokens };
	});
}

async function converse(
	model: OpenChatModel,
	index: ChatContext | undefined,
	attached: AttachedItems,
	{ conversation, messages, question, seed, maxTokens }: AskParams,
	send: (part: AskPart) => Promise<void>,
	cancel: CancelToken,
): Promise<Asked> {
	const chat = new ProjectChat(model, index, { seed, maxTokens, sequence: `chat:${conversation}` }, messages);
	if (chat.notice !== undefined && messages.length === 0) await send({ kind: "notice", text: chat.notice });
	let end: Pick<Asked, "reason" | "tokens"> = { reason: "cancelled", tokens: 0 };
	try {
		let leftOut = attached.refused.concat(tooLong(attached.items, []));
		for await (const event of chat.ask(question, cancel, attached.items)) {
			if (event.kind === "context") leftOut = attached.refused.concat(tooLong(attached.items, event.context));
			else if (leftOut.length > 0) {
				await send({ kind: "leftOut", parts: leftOut });
				leftOut = [];
			}
			if (event.kind === "end") end = event;
			else await send(event);
		}
	} catch (error) {
		if (!(error instanceof AttuneError) || error.code !== "cancelled") throw error;
	}
	return { messages: chat.messages, reason: end.reason, tokens: end.tokens };
}

async function sayWhatItDoes(
	model: OpenChatModel,
	whole: ContextItem,
	{ items, refused: notForModels }: AttachedItems,
	{ messages, question, seed, again }: AskParams,
	send: (part: AskPart) => Promise<void>,
	cancel: CancelToken,
): Promise<Asked> {
	const part = fitItem(whole, Math.floor(model.decoder.context / 2), model.tokenizer) ?? whole;
	const shown = [{ path: part.path, lines: part.lines }];
	const leftOut = [...notForModels, ...tooLong(items, shown)];
	await send({ kind: "context", context: shown });
	if (leftOut.length > 0) await send({ kind: "leftOut", parts: leftOut });
	let said = "";
	const answered = (reason: Asked["reason"], tokens: number): Asked => {
		const turn = [
			{ role: "user" as const, content: question },
			{ role: "assistant" as const, content: said },
		];
		return { messages: said === "" ? messages : [...messages, ...turn], reason, tokens };
	};
	try {
		const lines = part.text.split("\n").length;
		const { reason, tokens } = await explainPart(
			part,
			{ kind: "lines", from: 1, to: lines },
			{
				...{ model, project: undefined, cancel, sampled: again ? { ...chatSampling, seed } : undefined },
				onNotice: (notice) => void send({ kind: "notice", text: notice }),
				async onText(piece) {
					said += piece;
					await send({ kind: "text", text: piece });
				},
			},
		);
		return answered(reason, tokens);
	} catch (error) {
		if (!(error instanceof AttuneError) || error.code !== "cancelled") throw error;
		return answered("cancelled", 0);
	}
}

/** The file as the editor has it, or why no model may see it. One outside the workspace counts as named on purpose. */
function judge(workspace: Workspace | undefined, home: Home, file: string, text: string | undefined): FeedItem {
	const unsaved = text === undefined ? undefined : new TextEncoder().encode(text);
	const inside = workspace?.policy.judge(file, unsaved);
	if (inside !== undefined) return inside;
	const there = statSync(file, { throwIfNoEntry: false });
	const named = there?.isFile() === true ? openWorkspacePolicy([file], { home }).judge(file, unsaved) : undefined;
	const reason = there?.isDirectory() === true ? "special" : "unreadable";
	return named ?? { kind: "skipped", skipped: { path: file, reason } };
}
