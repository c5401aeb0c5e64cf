/** Tabs as the ARIA practices describe them: arrow keys turn, Tab goes into the page. */
import { element } from "./element.ts";

interface Tab<Name extends string> {
	readonly name: Name;
	readonly label: string;
	readonly content: HTMLElement;
}

export class Tabs<Name extends string> {
	readonly root: HTMLElement;
	readonly #tabs: readonly (Tab<Name> & { readonly button: HTMLElement; readonly panel: HTMLElement })[];
	readonly #onShow: (name: Name) => void;

	constructor(label: string, tabs: readonly Tab<Name>[], onShow: (name: Name) => void) {
		this.#onShow = onShow;
		this.#tabs = tabs.map((tab) => {
			const [id, panelId] = [`tab-${tab.name}`, `panel-${tab.name}`];
			const button = element("button", { type: "button", role: "tab", id, "aria-controls": panelId }, tab.label);
			button.addEventListener("click", () => this.show(tab.name));
			const panel = element("div", { role: "tabpanel", id: panelId, "aria-labelledby": id, tabindex: 0 }, tab.content);
			return { ...tab, button, panel };
		});
		const list = element("div", { role: "tablist", "aria-label": label }, ...this.#tabs.map(({ button }) => button));
		list.addEventListener("keydown", (event) => this.#turn(event));
		this.root = element("div", { class: "tabs" }, list, ...this.#tabs.map(({ panel }) => panel));
	}

	show(name: Name): void {
		for (const tab of this.#tabs) {
			const chosen = tab.name === name;
			tab.button.setAttribute("aria-selected", String(chosen));
			tab.button.tabIndex = chosen ? 0 : -1;
			tab.panel.hidden = !chosen;
		}
		this.#onShow(name);
	}

	#turn(event: KeyboardEvent): void {
		const at = this.#tabs.findIndex(({ button }) => button === document.activeElement);
		const last = this.#tabs.length - 1;
		const places: Readonly<Record<string, number>> = {
			...{ ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at <= 0 ? last : at - 1 },
			...{ Home: 0, End: last },
		};
		const next = this.#tabs[places[event.key] ?? -1];
		if (next === undefined) return;
		event.preventDefault();
		this.show(next.name);
		next.button.focus();
	}
}
