/** An answer in the chat's page, stopped as soon as there is some of it. */
import type { Frame } from "playwright-core";

/** What the page has, for code that runs within it. */
interface PageGlobals {
	readonly document: { readonly body: unknown; querySelector(selector: string): { click(): void } | null };
	readonly MutationObserver: new (
		heard: (records: unknown, observer: { disconnect(): void }) => void,
	) => { observe(target: unknown, options: object): void };
}

/** Small models answer in no time: the click comes from within the page. */
export async function stopAtFirstText(page: Frame): Promise<void> {
	await page.evaluate(() => {
		const { document, MutationObserver } = globalThis as unknown as PageGlobals;
		new MutationObserver((_, observer) => {
			if (document.querySelector("[data-state=streaming]") === null) return;
			observer.disconnect();
			document.querySelector("[aria-label=Stop]")?.click();
		}).observe(document.body, { subtree: true, childList: true, attributes: true });
	});
}
