/** Conversations and explanations of the resident model. */

import type { ChatEnd } from "#assist/chat";
import type { ExplainTarget } from "#assist/explain";
import type { ChatMessage } from "#text/chatTemplate";
import { Call, Notice, StreamedCall } from "./calls.ts";

/** Looks things up in these folders from now on, under the policy that training follows. Answers when all is indexed. */
export const useWorkspace = new Call<{ readonly roots: readonly string[] }, { readonly files: number }>(
	"talking/useWorkspace",
);

/** Absolute paths of files that were written or are gone. */
export const workspaceChanged = new Notice<readonly string[]>("talking/workspaceChanged");

/** A part of a file that the model was shown; lines from 1, both included. */
export interface ShownPart {
	readonly path: string;
	readonly lines: readonly [number, number];
}

/** A part of a file that a question brings along, as the editor has it. */
export interface AttachedPart {
	/** Absolute. */
	readonly file: string;
	/** All of the file, unsaved edits included; undefined: as it is on the disk. */
	readonly text?: string | undefined;
	/** From 1, both included; undefined: all of it. */
	readonly lines?: readonly [number, number] | undefined;
}

/** What was attached and the model was not shown: too long for its context, or not for a model at all. */
export interface LeftOutPart {
	readonly path: string;
	readonly lines: readonly [number, number] | undefined;
	/** "tooLong", or the reason for which learning would not read the file either. */
	readonly reason: string;
}

export interface AskParams {
	/** Keeps what the model has read of it from question to question. */
	readonly conversation: string;
	/** What was said before. */
	readonly messages: readonly ChatMessage[];
	readonly question: string;
	/** Shown to the model before anything that is looked up. */
	readonly attached?: readonly AttachedPart[] | undefined;
	/** Whether parts of the workspace are looked up. */
	readonly useContext: boolean;
	/** Another one gives another answer. */
	readonly seed: number;
	/** Whether an answer was given already: then a model that says what is likeliest says something else. */
	readonly again?: boolean;
	readonly maxTokens: number;
}

export type AskPart =
	| { readonly kind: "notice"; readonly text: string }
	| { readonly kind: "context"; readonly context: readonly ShownPart[] }
	| { readonly kind: "leftOut"; readonly parts: readonly LeftOutPart[] }
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

export const ask = new StreamedCall<AskParams, AskPart, Asked>("talking/ask");

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

export const explain = new StreamedCall<ExplainParams, ExplainPart, Explained>("talking/explain");

/** How many tokens the resident model reads this text as. */
export const countTokens = new Call<{ readonly text: string }, { readonly tokens: number }>("talking/countTokens");
