/** What is looked for on the page about learning. */
import type { Frame } from "playwright-core";

export const pageTitle = "What Attune learns";

/** `frame`: of the page, which is another one after a reload. */
export function learningPage(frame: () => Frame) {
	const selected = (name: string, timeout = 60_000) =>
		frame().locator('[role=tab][aria-selected="true"]', { hasText: name }).waitFor({ timeout });
	return {
		/** Of a run that goes on: one that was stopped keeps its stage, but is not at it. */
		stage: (name: string | RegExp) => frame().locator('.stages [aria-current="step"]', { hasText: name }),
		curve: (name: string) =>
			frame()
				.locator(".curve")
				.filter({ has: frame().getByRole("heading", { name }) }),
		headline: (text: string) => frame().locator(".live h2", { hasText: text }),
		tab: (name: string) => frame().getByRole("tab", { name }),
		selected,
		/** The page turns to the report by itself. */
		reported: () => selected("Report", 300_000),
		learned: async () =>
			Number(await frame().locator(".fact", { hasText: "windows learned" }).locator("dd").innerText()),
	};
}
