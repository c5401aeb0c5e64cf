/** A question and its answer on the page. */
import type { Attached, Turn } from "#protocol/chatPage";
import type { LeftOutPart, ShownPart } from "#protocol/talking";
import { answerElement, type CodeActions } from "./chatAnswer.ts";
import { button, element } from "./element.ts";
import { type IconName, icon, iconButton } from "./icon.ts";
import { t } from "./words.ts";

export interface TurnActions {
	copy(text: string): void;
	insert(text: string): void;
	apply(turn: string, code: string): void;
	regenerate(turn: string): void;
	/** Puts the question into the field, to be asked otherwise. */
	edit(turn: Turn): void;
	open(path: string, lines: readonly [number, number] | undefined): void;
	restart(): void;
}

export function isRunning({ state }: Turn): boolean {
	return state === "waiting" || state === "streaming";
}

export function turnElement(turn: Turn, number: number, actions: TurnActions): HTMLElement {
	const running = isRunning(turn);
	const code: CodeActions | undefined = running
		? undefined
		: { copy: actions.copy, insert: actions.insert, apply: (text) => actions.apply(turn.id, text) };
	return element(
		"article",
		{ class: "turn", "data-turn": turn.id, "data-state": turn.state, "aria-label": t("Question {0}", number) },
		question(turn, actions),
		given(turn, actions),
		...turn.notices.map((notice) => element("p", { class: "notice quiet" }, notice)),
		turn.dropped > 0
			? element(
					"p",
					{ class: "notice quiet" },
					t("The first {0} messages no longer fit the model's context.", turn.dropped),
				)
			: undefined,
		turn.state === "waiting" ? waiting() : undefined,
		answerElement(turn.answer, code),
		ending(turn, actions),
		running ? undefined : tools(turn, actions),
	);
}

/** More of an answer that is under way: the rest of the turn stays as it is. */
export function growAnswer(shown: HTMLElement, turn: Turn): void {
	shown.dataset["state"] = turn.state;
	shown.querySelector(".waiting")?.remove();
	shown.querySelector(".answer")?.replaceWith(answerElement(turn.answer));
}

export function chip(name: IconName, label: string, ...inside: readonly (Node | undefined)[]): HTMLElement {
	return element("span", { class: "chip" }, icon(name), element("span", {}, label), ...inside);
}

export function iconOf({ kind }: Attached): IconName {
	return ({ file: "file", selection: "list-selection", symbol: "symbol-method" } as const)[kind];
}

export function placeName(path: string, lines: readonly [number, number] | undefined): string {
	const name = path.split(/[\\/]/).at(-1) ?? path;
	if (lines === undefined) return name;
	return lines[0] === lines[1] ? `${name}:${lines[0]}` : `${name}:${lines[0]}-${lines[1]}`;
}

function question(turn: Turn, actions: TurnActions): HTMLElement {
	const edit = isRunning(turn) ? undefined : iconButton("edit", t("Edit and Ask Again"), () => actions.edit(turn));
	return element("div", { class: "question" }, element("p", {}, turn.question), edit);
}

/** What was attached, until it is known what the model was given of it; then that. */
function given({ attached, shown, leftOut, state }: Turn, { open }: TurnActions): HTMLElement | undefined {
	const before = shown.length === 0 && state === "waiting";
	const parts = before
		? attached.map((one) => placeChip(iconOf(one), one.file, one.lines, open, one.name))
		: shown.map(({ path, lines }: ShownPart) => placeChip("file-code", path, lines, open));
	const left = leftOut.map((part) =>
		element("li", { class: "left" }, chip("circle-slash", `${placeName(part.path, part.lines)}: ${whyLeft(part)}`)),
	);
	if (parts.length + left.length === 0) return undefined;
	const label = before ? t("Attached") : t("What the model was given");
	return element("ul", { class: "chips", "aria-label": label }, ...parts, ...left);
}

function placeChip(
	name: IconName,
	path: string,
	lines: readonly [number, number] | undefined,
	open: TurnActions["open"],
	label = placeName(path, lines),
): HTMLElement {
	const made = button("", () => open(path, lines), { class: "chip", title: path });
	made.append(icon(name), label);
	return element("li", {}, made);
}

function whyLeft({ reason }: LeftOutPart): string {
	const words: Readonly<Record<string, string>> = {
		tooLong: t("too long for this model"),
		ignored: t("named by an ignore file"),
		secretName: t("named like a secret"),
		secretContent: t("holds what looks like a secret"),
		binary: t("no text"),
		empty: t("empty"),
		changed: t("not there any more"),
	};
	return words[reason] ?? t("not for a model ({0})", reason);
}

function waiting(): HTMLElement {
	return element("p", { class: "waiting quiet" }, icon("loading"), t("reading ..."));
}

function ending({ state, failure }: Turn, { restart }: TurnActions): HTMLElement | undefined {
	const said: Partial<Record<Turn["state"], string>> = {
		length: t("Cut off at the longest answer."),
		stopped: t("Stopped."),
		interrupted: t("The window was closed before the answer was whole."),
	};
	if (failure !== undefined) {
		const words = element("span", {}, `${failure.message}. ${failure.remedy} `);
		return element("p", { class: "failure" }, icon("error"), words, button(t("Restart"), restart, { class: "link" }));
	}
	return said[state] === undefined ? undefined : element("p", { class: "notice quiet" }, said[state]);
}

function tools(turn: Turn, actions: TurnActions): HTMLElement {
	const { id, answer } = turn;
	return element(
		"div",
		{ class: "tools", role: "group", "aria-label": t("Answer") },
		answer === "" ? undefined : iconButton("copy", t("Copy Answer"), () => actions.copy(answer)),
		answer === "" ? undefined : iconButton("insert", t("Insert Answer at Cursor"), () => actions.insert(answer)),
		iconButton("refresh", t("Answer Anew"), () => actions.regenerate(id)),
	);
}
