/** Three lines as the model goes on with them. Their text is shown here and kept nowhere, so an old report reads them again. */
import type { Example } from "#protocol/history";
import type { Examples, FromPage, ShownReport } from "#protocol/learningPage";
import { button, type Child, element } from "./element.ts";
import { sentence } from "./figures.ts";
import { section } from "./section.ts";
import { t } from "./words.ts";

export function exampleSection(
	report: ShownReport,
	examples: Examples,
	post: (message: FromPage) => void,
): HTMLElement | undefined {
	if (report.id === null || report.gains.length === 0) return undefined;
	const make = (label: string) => button(label, () => post({ kind: "makeExamples" }));
	const children = (): readonly Child[] => {
		switch (examples.kind) {
			case "none":
				return [
					element("p", { class: "quiet" }, t("The text of these lines is not kept: the files are read anew.")),
					make(t("Show three lines")),
				];
			case "making":
				return [element("p", { class: "quiet", role: "status" }, t("The model writes..."))];
			case "failed":
				return [element("p", {}, sentence(examples.problem)), make(t("Try again"))];
			case "made":
				return made(examples.examples, report.coverage.heldOutBy === "blocks", post);
		}
	};
	return section(t("Three lines, before and after"), ...children());
}

function made(examples: readonly Example[], inPart: boolean, post: (message: FromPage) => void): readonly Child[] {
	if (examples.length === 0) return [element("p", {}, t("None of these files holds a line to complete."))];
	const whose = inPart
		? t("Lines of files of which other parts were learned, cut where a suggestion would be asked for.")
		: t("Lines of files it never learned from, cut where a suggestion would be asked for.");
	const note = t("They were chosen by where they stand, not by how they turn out.");
	return [element("p", { class: "quiet" }, `${whose} ${note}`), ...examples.map((example) => figure(example, post))];
}

function figure({ path, line, typed, actual, base, adapted }: Example, post: (message: FromPage) => void): HTMLElement {
	const written = (text: string | null) =>
		text === null ? element("em", { class: "quiet" }, t("nothing")) : element("code", {}, text);
	const row = (name: string, text: Child) => element("div", {}, element("dt", {}, name), element("dd", {}, text));
	return element(
		"div",
		{ class: "example" },
		button(`${path}:${line}`, () => post({ kind: "openFile", path, line }), { class: "link" }),
		element("pre", { class: "typed", tabindex: 0 }, `${typed.trim()}▏`),
		element(
			"dl",
			{},
			row(t("before"), written(base)),
			row(t("after"), written(adapted)),
			row(t("in the file"), element("code", {}, actual)),
		),
	);
}
