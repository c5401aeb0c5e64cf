/** Every run that is kept: looked at, served again, exported, deleted. */
import type { History, RunSummary } from "#protocol/history";
import type { FromPage } from "#protocol/learningPage";
import { button, type Child, element } from "./element.ts";
import { duration, signed, size } from "./figures.ts";
import { section, tableOf } from "./section.ts";
import { t } from "./words.ts";

type Post = (message: FromPage) => void;

export function runsView(history: History | undefined, post: Post): HTMLElement {
	if (history === undefined) return element("p", { class: "quiet", role: "status" }, t("The runs are being read..."));
	const { runs, served, damaged, bytes, mostBytes } = history;
	if (runs.length === 0 && damaged.length === 0)
		return section(
			t("Runs"),
			element("p", {}, t("Nothing was learned of this workspace yet.")),
			button(t("Adapt to Workspace"), () => post({ kind: "adapt" }), { class: "primary" }),
		);
	const head = [t("run"), t("bits per byte"), t("gain"), t("steps"), t("time"), t("size"), t("in use"), t("actions")];
	const rows = runs.map((run) => rowOf(run, run.id === served, post));
	const kept = t("{0} of at most {1}; beyond that the oldest go, never the one in use.", size(bytes), size(mostBytes));
	return section(
		t("Runs"),
		element("p", {}, inUse(history)),
		tableOf(head, rows),
		...damaged.map((id) => damagedLine(id, post)),
		element("p", { class: "quiet" }, kept),
		served === null ? undefined : button(t("Use none"), () => post({ kind: "switchOff" })),
	);
}

function inUse({ served, adapter }: History): string {
	if (served !== null) return t("Suggestions are written with the run that is marked.");
	return adapter === null
		? t("No adapter is in use: the base model writes.")
		: t("An adapter from elsewhere is in use.");
}

function rowOf(run: RunSummary, served: boolean, post: Post): readonly (string | HTMLElement)[] {
	const { id, endedMs, accepted, bitsPerByte, steps, seconds, bytes } = run;
	const when = new Date(endedMs).toLocaleString();
	const named = (label: string) => ({ "aria-label": `${label}, ${when}` });
	const actions: Child[] = [button(t("Report"), () => post({ kind: "open", id }), named(t("Report")))];
	if (accepted && !served) actions.push(button(t("Use"), () => post({ kind: "use", id }), named(t("Use"))));
	if (accepted) actions.push(button(t("Export"), () => post({ kind: "export", id }), named(t("Export"))));
	actions.push(button(t("Delete"), () => post({ kind: "delete", id }), named(t("Delete"))));
	return [
		when,
		bitsPerByte === null ? "–" : `${bitsPerByte.before.toFixed(3)} → ${bitsPerByte.after.toFixed(3)}`,
		bitsPerByte === null
			? "–"
			: `${signed((100 * (bitsPerByte.before - bitsPerByte.after)) / bitsPerByte.before, 1)} %`,
		String(steps),
		duration(seconds),
		size(bytes),
		served ? element("strong", {}, t("in use")) : accepted ? t("no") : t("not accepted"),
		element("span", { class: "actions" }, ...actions),
	];
}

function damagedLine(id: string, post: Post): HTMLElement {
	return element(
		"p",
		{},
		t("The report of {0} can't be read.", id),
		" ",
		button(t("Delete"), () => post({ kind: "delete", id })),
	);
}
