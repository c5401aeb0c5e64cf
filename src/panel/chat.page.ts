/** The side panel: a conversation about the project. The extension keeps it; this page shows it and sends what is asked. */
import type { Draft, FromPage, PageModel, PageState, ToPage } from "#protocol/chatPage";
import { ChatComposer } from "./chatComposer.ts";
import { ChatTranscript } from "./chatTranscript.ts";
import { button, element } from "./element.ts";
import { openHost } from "./host.ts";
import { icon } from "./icon.ts";
import { keepingFocus } from "./keepingFocus.ts";
import { t, useWords } from "./words.ts";

useWords(document.body.dataset["words"]);
const host = openHost<FromPage, ToPage, Draft>(hear);
const { post } = host;

const toField = () => composer.focus();
const transcript = new ChatTranscript(
	{
		copy: (text) => post({ kind: "copy", text }),
		insert: (text) => post({ kind: "insert", text }),
		apply: (turn, code) => post({ kind: "apply", turn, code }),
		regenerate: (turn) => post({ kind: "regenerate", turn }),
		edit: (turn) => composer.edit(turn),
		open: (path, lines) => post({ kind: "open", path, lines }),
		restart: () => post({ kind: "command", command: "restart" }),
	},
	toField,
);
const composer = new ChatComposer(
	{
		send: (draft, turn) => post(turn === undefined ? { kind: "ask", draft } : { kind: "resend", turn, draft }),
		stop: () => post({ kind: "stop" }),
		search: (query) => post({ kind: "search", query }),
		recall: () => transcript.turns.at(-1),
		changed: (draft) => host.keep(draft),
	},
	host.kept(),
);
const banner = element("div", { class: "banner", hidden: true });
/** What each part is about that the state fills. */
const shownParts = new Map<HTMLElement, string | undefined>();
const change = element("div", {
	class: "change",
	role: "region",
	"aria-label": t("A change to decide on"),
	hidden: true,
});
const welcome = element(
	"div",
	{ class: "welcome" },
	element("h1", {}, t("Ask about this project")),
	element(
		"p",
		{ class: "quiet" },
		t("Answers come from a model on this machine, adapted to your project. Nothing is sent anywhere."),
	),
	button(t("Explain This Code"), () => post({ kind: "command", command: "explain" })),
);
document.body.append(
	element("main", {}, banner, welcome, transcript.element, transcript.spoken, change, composer.element),
);
post({ kind: "ready" });
requestAnimationFrame(() => setTimeout(() => post({ kind: "painted", milliseconds: performance.now() })));

function hear(message: ToPage): void {
	switch (message.kind) {
		case "conversation":
			transcript.showAll(message.conversation);
			drawn(message.number);
			break;
		case "turn":
			transcript.showTurn(message.turn);
			drawn(message.number);
			break;
		case "text":
			transcript.addText(message.turn, message.text);
			drawn(message.number);
			break;
		case "state":
			showState(message.state);
			break;
		case "candidates":
			composer.picker.show(message.query, message.candidates);
			break;
		case "attach":
			composer.attach(message.attached);
			break;
		case "focus":
			composer.focus();
			break;
	}
}

/** Tells so when it is on the screen; a page that is not seen draws no frames, and is told on all the same. */
function drawn(number: number): void {
	welcome.hidden = transcript.turns.length > 0;
	transcript.element.hidden = transcript.turns.length === 0;
	composer.running = transcript.running;
	const tell = () => post({ kind: "drawn", number });
	if (document.visibilityState === "visible") requestAnimationFrame(tell);
	else tell();
}

function showState({ model, selection, change: where }: PageState): void {
	composer.selection = selection;
	const words = bannerWords(model);
	showPart(banner, words, () => [icon("info"), element("p", {}, words), larger()]);
	transcript.keepEnd(() =>
		showPart(change, where, () => [
			element("p", {}, t("Change {0} as shown?", where ?? "")),
			button(t("Apply"), () => post({ kind: "settle", accept: true }), { class: "primary" }),
			button(t("Discard"), () => post({ kind: "settle", accept: false })),
		]),
	);
}

/** Drawn anew only if it is about something else than before; `about`: undefined, if it is not to be seen. */
function showPart(place: HTMLElement, about: string | undefined, parts: () => readonly Node[]): void {
	if (about === shownParts.get(place)) return;
	shownParts.set(place, about);
	keepingFocus(
		place,
		place,
		() => {
			place.hidden = about === undefined;
			place.replaceChildren(...(about === undefined ? [] : parts()));
		},
		toField,
	);
}

function bannerWords({ name, converses }: PageModel): string | undefined {
	if (converses !== false) return undefined;
	if (name === "" || name === "starter")
		return t("The model that comes with Attune explains code but does not converse.");
	return t("{0} was not taught to converse: it explains code, and goes on with what you write.", name);
}

function larger(): HTMLElement {
	return button(t("Choose a Larger Model"), () => post({ kind: "command", command: "chooseModel" }), { class: "link" });
}
