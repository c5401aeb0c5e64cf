/** The page about learning: the run that goes on, a report, and every run that is kept. What was shown last is shown at once. */

import type { History } from "#protocol/history";
import type { Examples, FromPage, LiveRun, PagePart, ShownReport, ToPage } from "#protocol/learningPage";
import { element } from "./element.ts";
import { openHost } from "./host.ts";
import { keepingFocus } from "./keepingFocus.ts";
import { LiveView } from "./learningLive.ts";
import { reportView } from "./learningReport.ts";
import { runsView } from "./learningRuns.ts";
import { Tabs } from "./tabs.ts";
import { t, useWords } from "./words.ts";

interface Shown {
	readonly part: PagePart;
	readonly workspace: string;
	readonly reasons: Readonly<Record<string, string>>;
	readonly live: LiveRun | null;
	readonly report?: ShownReport;
	readonly history?: History;
}

useWords(document.body.dataset["words"]);
const host = openHost<FromPage, ToPage, Shown>((message) => hear(message));
let shown: Shown = host.kept() ?? { part: "live", workspace: "", reasons: {}, live: null };
/** Never kept: they hold text of files. */
let examples: Examples = { kind: "none" };

const post = (message: FromPage) => host.post(message);
const title = element("h1", {}, t("What Attune learns"));
const workspace = element("p", { class: "quiet" });
const live = new LiveView(post);
const report = element("div");
const runs = element("div");
const tabs = new Tabs<PagePart>(
	t("What Attune learns"),
	[
		{ name: "live", label: t("Learning"), content: live.root },
		{ name: "report", label: t("Report"), content: report },
		{ name: "runs", label: t("Runs"), content: runs },
	],
	(part) => become({ part }),
);
document.body.append(element("main", {}, element("header", {}, title, workspace), tabs.root));
renderAll();
post({ kind: "ready" });

function hear(message: ToPage): void {
	switch (message.kind) {
		case "about":
			become({ workspace: message.workspace, reasons: message.reasons });
			workspace.textContent = message.workspace;
			break;
		case "live":
			become({ live: message.live });
			live.update(message.live);
			break;
		case "history":
			become({ history: message.history });
			renderRuns();
			renderReport();
			break;
		case "report":
			become({ report: message.report });
			renderReport();
			break;
		case "examples":
			examples = message.examples;
			renderReport();
			break;
		case "show":
			tabs.show(message.part);
	}
}

function become(part: Partial<Shown>): void {
	shown = { ...shown, ...part };
	host.keep(shown);
}

function renderAll(): void {
	workspace.textContent = shown.workspace;
	live.update(shown.live);
	renderReport();
	renderRuns();
	tabs.show(shown.part);
}

function renderReport(): void {
	const { report: data, history, reasons } = shown;
	const view =
		data === undefined
			? element("p", {}, t("There is no report yet: it comes at the end of a run."))
			: reportView({ report: data, examples, served: history?.served ?? null, reasons }, post);
	renew(report, view);
}

function renderRuns(): void {
	renew(runs, runsView(shown.history, post));
}

function renew(place: HTMLElement, view: HTMLElement): void {
	const first = () => place.querySelector<HTMLElement>("button")?.focus();
	keepingFocus(place, place, () => place.replaceChildren(view), first);
}
