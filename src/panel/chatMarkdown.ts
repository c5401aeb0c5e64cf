/** Answers are Markdown of a model: HTML in them is text, pictures are not loaded, links lead to the web alone. */
import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt("commonmark", { html: false, linkify: false, breaks: false });
markdown.enable("table").disable(["image", "html_block", "html_inline"]);
markdown.validateLink = (url) => /^https?:\/\//i.test(url);

/** HTML without anything that runs or loads; it is cleaned once more where it becomes elements. */
export function htmlOf(text: string): string {
	return markdown.render(text);
}
