/** `@attune` in the editor's own Chat. Where an editor has none, there is none. */
import { existsSync } from "node:fs";
import {
	type CancellationToken,
	type ChatContext,
	type ChatParticipant,
	type ChatRequest,
	ChatRequestTurn,
	ChatResponseMarkdownPart,
	type ChatResponseStream,
	ChatResponseTurn,
	type ChatResult,
	chat,
	Location,
	l10n,
	Range,
	Uri,
} from "vscode";
import { AttuneError } from "#base/errors";
import type { Attached } from "#protocol/chatPage";
import type { AskParams, AskPart, ShownPart } from "#protocol/talking";
import { allReasons } from "../listing.ts";
import { placesOf } from "../namedFiles.ts";
import { code } from "../words.ts";
import { explanationOf, whatToExplain } from "./explain.ts";
import { fileOf } from "./mentions.ts";
import type { Talker } from "./sessions.ts";

export function registerParticipant(talker: Talker, extension: Uri): ChatParticipant | undefined {
	if (typeof chat?.createChatParticipant !== "function") return undefined;
	const participant = chat.createChatParticipant("attune.attune", (request, context, response, token) =>
		respond(talker, request, context, response, token),
	);
	participant.iconPath = Uri.joinPath(extension, "media", "attune.svg");
	return participant;
}

async function respond(
	talker: Talker,
	request: ChatRequest,
	{ history }: ChatContext,
	response: ChatResponseStream,
	token: CancellationToken,
): Promise<ChatResult> {
	const abort = new AbortController();
	token.onCancellationRequested(() => abort.abort());
	const attached = request.references.flatMap(({ value }) => attachedOf(value));
	const options = { signal: abort.signal, onPart: (part: AskPart) => show(part, response) };
	try {
		if (request.command === "explain") {
			const [first] = attached;
			const { draft, part } = first === undefined ? await whatToExplain() : explanationOf(first);
			const file = draft.attached[0]?.file ?? "";
			const { context } = await talker.explain({ file, text: talker.textOf(file), part }, options);
			refer(context, response);
			return {};
		}
		const parts = attached.map(({ file, lines }) => ({ file, lines, text: talker.textOf(file) }));
		await talker.ask(
			{
				...{ conversation: "participant", messages: messagesOf(history), question: request.prompt },
				...{ attached: parts, useContext: true, seed: 42, maxTokens: 1024 },
			},
			options,
		);
		return {};
	} catch (error) {
		if (!(error instanceof AttuneError)) throw error;
		return error.code === "cancelled" ? {} : { errorDetails: { message: `${error.message}. ${error.remedy}` } };
	}
}

function show(part: AskPart, response: ChatResponseStream): void {
	const say = (text: string) => response.markdown(`*${text}*\n\n`);
	switch (part.kind) {
		case "text":
			response.markdown(part.text);
			break;
		case "notice":
			say(part.text);
			break;
		case "context":
			refer(part.context, response);
			break;
		case "dropped":
			say(l10n.t("The first {0} messages no longer fit the model's context.", part.messages));
			break;
		case "leftOut":
			for (const { path, lines, reason } of part.parts) {
				const place = lines === undefined ? path : `${path}:${lines.join("-")}`;
				say(l10n.t("Not shown to the model: {0}, {1}.", code(place), whyLeft(reason)));
			}
	}
}

function whyLeft(reason: string): string {
	const words: Readonly<Record<string, string>> = allReasons();
	return reason === "tooLong" ? l10n.t("too long for this model") : (words[reason] ?? reason);
}

/** Each file once, in the list of what was used. */
function refer(shown: readonly ShownPart[], response: ChatResponseStream): void {
	for (const { path, lines } of shown) {
		// Folders of one name can only be told apart by what is in them.
		const uri = placesOf(path).find(({ fsPath }) => existsSync(fsPath));
		if (uri === undefined) continue;
		response.reference(new Location(uri, new Range(lines[0] - 1, 0, lines[1], 0)));
	}
}

function attachedOf(value: unknown): Attached[] {
	if (value instanceof Uri) return value.scheme === "file" ? [fileOf(value)] : [];
	if (!(value instanceof Location) || value.uri.scheme !== "file") return [];
	const { start, end } = value.range;
	return [{ ...fileOf(value.uri), kind: "selection", lines: [start.line + 1, end.line + 1] }];
}

/** What was said to Attune and by it. */
function messagesOf(history: ChatContext["history"]): AskParams["messages"] {
	const messages: { role: "user" | "assistant"; content: string }[] = [];
	for (const turn of history) {
		if (turn instanceof ChatRequestTurn) messages.push({ role: "user", content: turn.prompt });
		else if (turn instanceof ChatResponseTurn) {
			const said = turn.response.map((part) => (part instanceof ChatResponseMarkdownPart ? part.value.value : ""));
			if (said.join("").trim() === "") messages.pop();
			else messages.push({ role: "assistant", content: said.join("") });
		}
	}
	return messages;
}
