/** Conversations and explanations in the serving process. */
import type { SourceFile } from "#adapt/source";
import { CancelSource, type CancelToken, neverCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import type { Connection } from "#protocol/connection";
import {
	type Asked,
	type AskParams,
	type AskPart,
	ask,
	explain,
	useWorkspace,
	workspaceChanged,
} from "#protocol/talking";
import { readAllowed, refused } from "../allowedFile.ts";
import { ProjectChat } from "../chat.ts";
import { ChatContext } from "../chatContext.ts";
import type { OpenChatModel } from "../chatModel.ts";
import { explainPart } from "../explain.ts";
import type { Home } from "../home.ts";
import { openWorkspacePolicy, type WorkspacePolicy } from "../workspacePolicy.ts";

interface Workspace {
	readonly policy: WorkspacePolicy;
	/** Rejected if indexing was: then asked again by the next question. */
	readonly index: Promise<ChatContext>;
}

/** `talker`: the resident model to talk with, as it is when asked. */
export function serveTalk(connection: Connection, talker: () => Promise<OpenChatModel>, home: Home): void {
	let workspace: Workspace | undefined;
	connection.handle(useWorkspace, async ({ roots }) => {
		workspace = { policy: openWorkspacePolicy(roots, { home }), index: ChatContext.open(roots, home, neverCancelled) };
		return { files: (await workspace.index).files };
	});
	connection.onNotify(workspaceChanged, async (paths) => {
		const index = await workspace?.index.catch(() => undefined);
		for (const path of paths) index?.update(path);
	});
	connection.handleStream(ask, async (params, send, cancel) => {
		const model = await talker();
		return await converse(model, params.useContext ? await workspace?.index : undefined, params, send, asToken(cancel));
	});
	connection.handleStream(explain, async ({ file, text, part }, send, cancel) => {
		const model = await talker();
		const judged = await allowed(workspace, file, text);
		const { reason, context, tokens, ...said } = await explainPart(judged, part, {
			...{ model, project: await workspace?.index, cancel: asToken(cancel) },
			onNotice: (notice) => void send({ kind: "notice", text: notice }),
			onText: (piece) => send({ kind: "text", text: piece }),
		});
		return { text: said.text, model: said.model, reason, context, tokens };
	});
}

async function converse(
	model: OpenChatModel,
	index: ChatContext | undefined,
	{ conversation, messages, question, seed, maxTokens }: AskParams,
	send: (part: AskPart) => Promise<void>,
	cancel: CancelToken,
): Promise<Asked> {
	const chat = new ProjectChat(model, index, { seed, maxTokens, sequence: `chat:${conversation}` }, messages);
	if (chat.notice !== undefined && messages.length === 0) await send({ kind: "notice", text: chat.notice });
	let end: Pick<Asked, "reason" | "tokens"> = { reason: "cancelled", tokens: 0 };
	try {
		for await (const event of chat.ask(question, cancel)) {
			if (event.kind === "end") end = event;
			else await send(event);
		}
	} catch (error) {
		if (!(error instanceof AttuneError) || error.code !== "cancelled") throw error;
	}
	return { messages: chat.messages, reason: end.reason, tokens: end.tokens };
}

/** The file as the editor has it, if the policy lets a model see it. */
async function allowed(workspace: Workspace | undefined, file: string, text: string | undefined): Promise<SourceFile> {
	const unsaved = text === undefined ? undefined : new TextEncoder().encode(text);
	const item = workspace?.policy.judge(file, unsaved);
	if (item === undefined) return await readAllowed(file);
	if (item.kind === "skipped") throw refused(file, item.skipped);
	return item.file;
}

function asToken(cancel: { readonly onCancellationRequested: (listener: () => void) => unknown }): CancelToken {
	const source = new CancelSource();
	cancel.onCancellationRequested(() => source.cancel());
	return source;
}
