/** The blocks that pages are made of. */
import { type Child, element } from "./element.ts";

export function section(title: string, ...children: readonly Child[]): HTMLElement {
	return element("section", {}, element("h2", {}, title), ...children);
}

/** The first column names its row. */
export function tableOf(head: readonly string[], rows: readonly (readonly (string | HTMLElement)[])[]): HTMLElement {
	const named = head.some((name) => name !== "");
	const header = element("tr", {}, ...head.map((name) => element(name === "" ? "td" : "th", scope(name), name)));
	const body = rows.map((cells) =>
		element(
			"tr",
			{},
			...cells.map((cell, i) => (i === 0 ? element("th", { scope: "row" }, cell) : element("td", {}, cell))),
		),
	);
	return element(
		"div",
		{ class: "wide" },
		element("table", {}, ...(named ? [element("thead", {}, header)] : []), element("tbody", {}, ...body)),
	);
}

function scope(name: string): Readonly<Record<string, string>> {
	return name === "" ? {} : { scope: "col" };
}
