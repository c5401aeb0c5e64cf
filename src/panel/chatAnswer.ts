/** An answer as elements: Markdown, cleaned, its code with what can be done with it. */
import DOMPurify from "dompurify";
import { htmlOf } from "./chatMarkdown.ts";
import { element } from "./element.ts";
import { iconButton } from "./icon.ts";
import { t } from "./words.ts";

export interface CodeActions {
	copy(text: string): void;
	insert(text: string): void;
	apply(code: string): void;
}

const allowed = {
	ALLOWED_TAGS: [
		["p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"],
		["h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"],
	].flat(),
	ALLOWED_ATTR: ["href", "title", "class", "start"],
	ALLOW_DATA_ATTR: false,
	RETURN_DOM_FRAGMENT: true,
} as const;

/** `actions`: for the code blocks of an answer that is whole. */
export function answerElement(text: string, actions?: CodeActions): HTMLElement {
	const answer = element("div", { class: "answer" });
	answer.append(
		DOMPurify.sanitize(htmlOf(text), {
			...allowed,
			ALLOWED_TAGS: [...allowed.ALLOWED_TAGS],
			ALLOWED_ATTR: [...allowed.ALLOWED_ATTR],
		}),
	);
	for (const [index, block] of [...answer.querySelectorAll("pre")].entries()) frame(block, index + 1, actions);
	for (const wide of answer.querySelectorAll("table"))
		wide.replaceWith(element("div", { class: "wide", tabindex: 0 }, wide.cloneNode(true)));
	return answer;
}

function frame(block: HTMLPreElement, number: number, actions: CodeActions | undefined): void {
	const language = /\blanguage-(\S+)/.exec(block.querySelector("code")?.className ?? "")?.[1] ?? "";
	const code = (block.textContent ?? "").replace(/\n$/, "");
	const figure = element("figure", { class: "code", "aria-label": t("Code {0}", number) });
	block.replaceWith(figure);
	// What scrolls must be reached by the keyboard too.
	block.tabIndex = 0;
	const buttons =
		actions === undefined
			? []
			: [
					iconButton("copy", t("Copy Code"), () => actions.copy(code)),
					iconButton("insert", t("Insert at Cursor"), () => actions.insert(code)),
					iconButton("git-compare", t("Apply to File, After Showing the Difference"), () => actions.apply(code)),
				];
	figure.append(element("figcaption", {}, element("span", { class: "quiet" }, language), ...buttons), block);
}
