/** Explanations asked for in the editor: by its menu, the light bulb, the palette. */
import {
	CodeAction,
	CodeActionKind,
	type CodeActionProvider,
	type Diagnostic,
	l10n,
	type Range,
	type Selection,
	type TextDocument,
	window,
} from "vscode";
import { AttuneError } from "#base/errors";
import type { Attached, Draft } from "#protocol/chatPage";
import type { ExplainParams } from "#protocol/talking";
import { documentSymbols, fileOf, selectionOf, symbolAt } from "./mentions.ts";

export interface Explanation {
	readonly draft: Draft;
	readonly part: ExplainParams["part"];
}

/** A problem as the light bulb hands it over. */
export interface Problem {
	readonly message: string;
	/** From 1. */
	readonly line: number;
}

/** What the active editor shows: the problem, the selection, else the declaration around the cursor, else the file. */
export async function whatToExplain(problem?: Problem): Promise<Explanation> {
	const editor = window.activeTextEditor;
	if (editor?.document.uri.scheme !== "file")
		throw new AttuneError("usage", l10n.t("no file is open to explain"), { remedy: l10n.t("Open one first.") });
	const { uri } = editor.document;
	const file = fileOf(uri);
	if (problem !== undefined) {
		const { message, line } = problem;
		const attached: Attached = { ...file, kind: "selection", name: `${file.name}:${line}`, lines: [line, line] };
		const question = l10n.t("Explain this problem in {0}, line {1}: {2}", file.name, line, message);
		return { draft: draftOf(question, attached), part: { kind: "diagnostic", message, line } };
	}
	const selection = selectionOf(editor);
	const symbol =
		selection === undefined ? symbolAt(await documentSymbols(uri), editor.selection.active.line) : undefined;
	const attached: Attached =
		symbol === undefined
			? (selection ?? file)
			: {
					...{ ...file, kind: "symbol", name: symbol.name },
					lines: [symbol.range.start.line + 1, symbol.range.end.line + 1],
				};
	return explanationOf(attached);
}

/** Of a part that was found otherwise. */
export function explanationOf(attached: Attached): Explanation {
	const { lines, name } = attached;
	if (lines === undefined) return { draft: draftOf(l10n.t("Explain {0}", name), attached), part: { kind: "file" } };
	const [from, to] = lines;
	return { draft: draftOf(l10n.t("Explain {0}", name), attached), part: { kind: "lines", from, to } };
}

/** Offers to explain what is selected, and each problem where the cursor is. */
export const explainActions: CodeActionProvider = {
	provideCodeActions(_: TextDocument, range: Range | Selection, { diagnostics }) {
		const actions = diagnostics.slice(0, 3).map(ofProblem);
		if (range.isEmpty) return actions;
		const action = new CodeAction(l10n.t("Explain with Attune"), explainKind);
		action.command = { command: "attune.explain", title: action.title };
		return [...actions, action];
	},
};

/** Beside the fixes and refactorings, being neither. */
export const explainKind = CodeActionKind.Empty.append("explain.attune");

function ofProblem(diagnostic: Diagnostic): CodeAction {
	const { message, range } = diagnostic;
	const short = message.length > 60 ? `${message.slice(0, 59)}…` : message;
	const action = new CodeAction(l10n.t("Explain with Attune: {0}", short), CodeActionKind.QuickFix);
	const problem: Problem = { message, line: range.start.line + 1 };
	action.command = { command: "attune.explainProblem", title: action.title, arguments: [problem] };
	action.diagnostics = [diagnostic];
	return action;
}

function draftOf(question: string, attached: Attached): Draft {
	return { question, attached: [attached], useProject: true };
}
