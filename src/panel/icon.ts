/** Buttons of one picture; its name is for whoever points at it or hears it. */
import { element } from "./element.ts";

/** `name`: of a codicon. */
export function icon(name: string): HTMLElement {
	return element("span", { class: `codicon codicon-${name}`, "aria-hidden": "true" });
}

export function iconButton(name: string, label: string, onClick: () => void, className = ""): HTMLButtonElement {
	const made = element(
		"button",
		{ type: "button", class: `icon ${className}`.trim(), title: label, "aria-label": label },
		icon(name),
	);
	made.addEventListener("click", onClick);
	return made;
}
