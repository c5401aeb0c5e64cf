import type { KnownFile } from "./context/gather.ts";
import type { RecentChunks } from "./context/recent.ts";
import { type Extent, extentAt, inComment } from "./extent/extent.ts";
import { isClosers, type Place, placeOf } from "./place.ts";
import { type Silence, silence } from "./silence.ts";

/** All that a suggestion depends on, as plain data. Texts are only those that a model may see. */
export interface Situation {
	/** Relative to the workspace, "/" between names. */
	readonly path: string;
	/** Name of the language as the editor has it. */
	readonly language: string;
	readonly text: string;
	/** Of the cursor, in UTF-16 units. */
	readonly offset: number;
	/** `invoked`: the user asked by hand, and waits for more and longer suggestions. */
	readonly trigger: "typing" | "invoked";
	/** The item that the editor's own list shows as chosen: `text` would take the place of what stands from `from` to the cursor. */
	readonly selected?: { readonly text: string; readonly from: number };
	/** What the editor indents with: "\t", or spaces. */
	readonly indentUnit?: string;
	/** Name of the workspace. */
	readonly repository: string;
	/** Open files and those that may be imported; the current one may be among them. */
	readonly files: readonly KnownFile[];
	readonly recent: RecentChunks;
}

/** What the user chose; every one has a setting. */
export interface CompletionSettings {
	readonly enabled: boolean;
	/** Names of languages without suggestions. */
	readonly languagesOff: readonly string[];
	readonly inComments: boolean;
	/** Never more than the line. */
	readonly oneLine: boolean;
	/** Most tokens of a prompt; the model's context may allow fewer. */
	readonly promptTokens: number;
	/** Least confidence before anything is learned; 0 shows everything. */
	readonly threshold: number;
	/** Seconds after which an unasked suggestion comes too late. */
	readonly deadline: number;
	/** Seconds after which an unasked suggestion of several lines ends with the line it has come to. */
	readonly enough: number;
	/** Suggestions to choose from when asked by hand. */
	readonly alternatives: number;
}

export const defaultSettings: CompletionSettings = {
	...{ enabled: true, languagesOff: [], inComments: true, oneLine: false },
	...{ promptTokens: 2048, threshold: 0.25, deadline: 1, enough: 0.1, alternatives: 1 },
};

/** A situation that deserves a suggestion. */
export interface Prepared {
	readonly place: Place;
	readonly extent: Extent;
	readonly invoked: boolean;
	/** What the prompt and the cache go by instead of the whole suffix. */
	readonly suffix: string;
	/** The rest of the item chosen in the editor's list: a suggestion begins with it. */
	readonly chosen: string;
	/** The document's line break. */
	readonly lineBreak: string;
}

/** Answers without asking a model where it can. */
export function prepare(situation: Situation, settings: CompletionSettings): Prepared | Silence {
	const { text, offset, language, selected } = situation;
	const invoked = situation.trigger === "invoked";
	if (!settings.enabled && !invoked) return silence("switchedOff");
	if (settings.languagesOff.includes(language) && !invoked) return silence("languageOff");
	if (!Number.isInteger(offset) || offset < 0 || offset > text.length) return silence("noSuchPlace");
	const chosen = selected === undefined ? "" : restOf(selected, text, offset);
	if (chosen === undefined) return silence("selectionNotExtendable");
	const prefix = withPlainBreaks(text.slice(0, offset).replace(/\r$/, "") + chosen);
	const suffix = withPlainBreaks(text.slice(offset));
	if (/[\p{L}\p{N}_]$/u.test(prefix) && /^[\p{L}\p{N}_]/u.test(suffix) && !invoked) return silence("midWord");
	if (text.trim() === "" && situation.files.length + situation.recent.length === 0 && !invoked)
		return silence("nothingToGoOn");
	const place = placeOf(prefix, suffix, language, situation.indentUnit);
	if (!settings.inComments && !invoked && inComment(place)) return silence("inComment");
	const extent: Extent = settings.oneLine ? { kind: "line" } : extentAt(place, invoked);
	const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
	return { place, extent, invoked, suffix: anchoredSuffix(suffix), chosen, lineBreak };
}

/**
 * The suffix from the end of the line on where only closing marks stand before that: editors put those there and take them away as the
 * user types, which must not change the prompt. The trim rules know them.
 */
export function anchoredSuffix(suffix: string): string {
	const end = suffix.indexOf("\n");
	const line = end < 0 ? suffix : suffix.slice(0, end);
	return isClosers(line) ? suffix.slice(line.length) : suffix;
}

/** What of the chosen item is not typed yet; undefined if what is typed is not its beginning. */
function restOf(selected: { readonly text: string; readonly from: number }, text: string, offset: number) {
	const typed = text.slice(selected.from, offset);
	return selected.from <= offset && selected.text.startsWith(typed) ? selected.text.slice(typed.length) : undefined;
}

function withPlainBreaks(text: string): string {
	return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** The situation after the user took a suggestion: what to ask for next. */
export function afterAcceptance(
	situation: Situation,
	accepted: { readonly text: string; readonly replaces: number },
): Situation {
	const { selected: _, ...rest } = situation;
	const before = situation.text.slice(0, situation.offset) + accepted.text;
	return {
		...{ ...rest, trigger: "typing", offset: before.length },
		text: before + situation.text.slice(situation.offset + accepted.replaces),
	};
}
