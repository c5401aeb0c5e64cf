/** Conversations and explanations of the resident model. */
import { NotificationType, ProgressType, RequestType } from "vscode-jsonrpc";
import type { ChatEnd } from "#assist/chat";
import type { ExplainTarget } from "#assist/explain";
import type { ChatMessage } from "#text/chatTemplate";
import type { StreamedCall } from "./connection.ts";

/** Looks things up in these folders from now on, under the policy that training follows. Answers when all is indexed. */
export const useWorkspace = new RequestType<{ readonly roots: readonly string[] }, { readonly files: number }, unknown>(
	"talking/useWorkspace",
);

/** Absolute paths of files that were written or are gone. */
export const workspaceChanged = new NotificationType<readonly string[]>("talking/workspaceChanged");

/** A part of a file that the model was shown; lines from 1, both included. */
export interface ShownPart {
	readonly path: string;
	readonly lines: readonly [number, number];
}

export interface AskParams {
	/** Keeps what the model has read of it from question to question. */
	readonly conversation: string;
	/** What was said before. */
	readonly messages: readonly ChatMessage[];
	readonly question: string;
	/** Whether parts of the workspace come along. */
	readonly useContext: boolean;
	/** Another one gives another answer. */
	readonly seed: number;
	readonly maxTokens: number;
}

export type AskPart =
	| { readonly kind: "notice"; readonly text: string }
	| { readonly kind: "context"; readonly context: readonly ShownPart[] }
	/** So many messages at the beginning no longer fit the model's context. */
	| { readonly kind: "dropped"; readonly messages: number }
	| { readonly kind: "text"; readonly text: string };

export interface Asked {
	/** With the question and its answer. */
	readonly messages: readonly ChatMessage[];
	/** `cancelled`: what was said until then is kept. */
	readonly reason: ChatEnd | "cancelled";
	readonly tokens: number;
}

export const ask: StreamedCall<AskParams, AskPart, Asked> = {
	request: new RequestType("talking/ask"),
	parts: new ProgressType(),
};

export interface ExplainParams {
	/** Absolute. */
	readonly file: string;
	/** As the editor has it; undefined: as it is on the disk. */
	readonly text?: string | undefined;
	readonly part: ExplainTarget;
}

export type ExplainPart = Extract<AskPart, { readonly kind: "notice" | "text" }>;

export interface Explained {
	readonly text: string;
	readonly reason: ChatEnd;
	readonly model: string;
	/** What it is about, then what else the model was shown. */
	readonly context: readonly ShownPart[];
	readonly tokens: number;
}

export const explain: StreamedCall<ExplainParams, ExplainPart, Explained> = {
	request: new RequestType("talking/explain"),
	parts: new ProgressType(),
};
