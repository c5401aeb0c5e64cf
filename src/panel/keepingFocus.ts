/** Who was on a part of a page that is drawn anew has a place in what takes its place. */

const focusable = "button, summary, a[href], [tabindex]";

/** Who was on something in `before` is on what has its name in `now` once `draw` is through, or else on `otherwise`. */
export function keepingFocus(before: Element, now: Element, draw: () => void, otherwise: () => void): void {
	const active = document.activeElement;
	// Who types elsewhere stays there: to focus would take the keys from them.
	if (active === null || !document.hasFocus() || !before.contains(active)) {
		draw();
		return;
	}
	const named = (place: Element) =>
		[...place.querySelectorAll<HTMLElement>(focusable)].filter((one) => nameOf(one) === nameOf(active));
	const at = named(before).indexOf(active as HTMLElement);
	draw();
	const same = named(now);
	(same[at] ?? same[0])?.focus({ preventScroll: true });
	if (!now.contains(document.activeElement)) otherwise();
}

/** What is reached only to be scrolled has no name, and its text may grow: it is told by its kind. */
function nameOf(node: Element): string {
	return node.getAttribute("aria-label") ?? (node.hasAttribute("tabindex") ? node.tagName : (node.textContent ?? ""));
}
