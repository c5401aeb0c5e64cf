/** A conversation as it is kept and shown, and what its page and the editor say to each other. */
import type { ChatEnd } from "#assist/chat";
import type { ExplainTarget } from "#assist/explain";
import type { LeftOutPart, ShownPart } from "./talking.ts";

/** What a question brings along. */
export interface Attached {
	readonly kind: "file" | "selection" | "symbol";
	/** Absolute. */
	readonly file: string;
	/** For people: `cart.ts`, `cart.ts:3-9`, `total`. */
	readonly name: string;
	/** From 1, both included; undefined: all of it. */
	readonly lines?: readonly [number, number] | undefined;
	/** Of the lines' text when the question was asked, whatever ends its lines; undefined: not asked yet, or not known. */
	readonly asked?: { readonly length: number; readonly hash: string } | undefined;
}

/** `interrupted`: the window was closed while it was being answered. */
export type TurnState = "waiting" | "streaming" | ChatEnd | "stopped" | "interrupted" | "failed";

/** A question and its answer. */
export interface Turn {
	readonly id: string;
	readonly question: string;
	readonly attached: readonly Attached[];
	/** Whether parts of the project were looked up for it. */
	readonly useProject: boolean;
	/** An explanation of this part of the first attached file, asked for by command. */
	readonly explains?: ExplainTarget | undefined;
	/** How often it was answered before. */
	readonly attempt: number;
	readonly answer: string;
	readonly state: TurnState;
	/** What the model was given. */
	readonly shown: readonly ShownPart[];
	readonly leftOut: readonly LeftOutPart[];
	/** Messages at the beginning that it no longer saw. */
	readonly dropped: number;
	readonly notices: readonly string[];
	readonly failure?: { readonly message: string; readonly remedy: string } | undefined;
}

export interface Conversation {
	readonly id: string;
	/** Milliseconds since 1970. */
	readonly changed: number;
	readonly turns: readonly Turn[];
}

export interface PageModel {
	/** "" before one was loaded. */
	readonly name: string;
	readonly state: "off" | "loading" | "ready" | "failed";
	/** undefined: not known before it is loaded. */
	readonly converses: boolean | undefined;
	readonly adapted: boolean;
}

/** A question as it is sent. */
export interface Draft {
	readonly question: string;
	readonly attached: readonly Attached[];
	readonly useProject: boolean;
}

export interface Candidate {
	readonly attached: Attached;
	/** Where it is. */
	readonly detail: string;
}

export type FromPage =
	/** `painted`: milliseconds from the page's beginning to its first picture. */
	| { readonly kind: "ready" }
	| { readonly kind: "painted"; readonly milliseconds: number }
	/** This update is on the screen: the next one may come. */
	| { readonly kind: "drawn"; readonly number: number }
	| { readonly kind: "ask"; readonly draft: Draft }
	/** Takes back this turn and all after it, and asks anew. */
	| { readonly kind: "resend"; readonly turn: string; readonly draft: Draft }
	| { readonly kind: "regenerate"; readonly turn: string }
	| { readonly kind: "stop" }
	| { readonly kind: "copy"; readonly text: string }
	| { readonly kind: "insert"; readonly text: string }
	| { readonly kind: "apply"; readonly turn: string; readonly code: string }
	| { readonly kind: "settle"; readonly accept: boolean }
	| { readonly kind: "search"; readonly query: string }
	| { readonly kind: "open"; readonly path: string; readonly lines?: readonly [number, number] | undefined }
	| { readonly kind: "command"; readonly command: "chooseModel" | "explain" | "restart" };

/** Everything that is shown besides the turns. */
export interface PageState {
	readonly model: PageModel;
	/** What is selected in the editor now. */
	readonly selection: Attached | undefined;
	/** A change that waits for a decision: where. */
	readonly change: string | undefined;
}

export type ToPage =
	/** All of it; whatever the page had is another conversation's. */
	| { readonly kind: "conversation"; readonly number: number; readonly conversation: Conversation }
	/** New, or another than before. */
	| { readonly kind: "turn"; readonly number: number; readonly turn: Turn }
	/** More of a turn's answer. */
	| { readonly kind: "text"; readonly number: number; readonly turn: string; readonly text: string }
	| { readonly kind: "state"; readonly state: PageState }
	| { readonly kind: "candidates"; readonly query: string; readonly candidates: readonly Candidate[] }
	| { readonly kind: "attach"; readonly attached: Attached }
	| { readonly kind: "focus" };
