/** Ghost text in a window, and whether Tab took just that. */
import { deepEqual, ok } from "node:assert/strict";
import type { Page } from "playwright-core";

interface Ghost {
	/** The cursor's line without it. */
	readonly before: string;
	/** The line, and those below it that are all of the suggestion, as they are drawn. */
	readonly drawn: readonly string[];
	/** Where the line begins, in pixels. */
	readonly top: number;
}

/** Takes what is offered at the cursor: then the lines read as they were drawn with it. Throws where something else was taken. */
export async function takeGhost(page: Page): Promise<void> {
	const ghost = page.locator(inline).first();
	await ghost.waitFor({ timeout: 40_000 });
	const { before, drawn, top } = await ghostNow(page);
	ok(drawn.join("\n") !== before, "nothing was offered");
	await page.keyboard.press("Tab");
	// What is left of ghost text, or came anew, goes: what was taken stays.
	await page.keyboard.press("Escape");
	await ghost.waitFor({ state: "detached" });
	deepEqual((await linesFrom(page, top)).slice(0, drawn.length), drawn);
}

const inline = ".ghost-text-decoration";

async function ghostNow(page: Page): Promise<Ghost> {
	return (await page.evaluate(`(() => {
		const plain = (text) => text.replaceAll(String.fromCodePoint(0xa0), " ").trimEnd();
		const line = document.querySelector("${inline}").closest(".view-line");
		const bare = line.cloneNode(true);
		for (const part of bare.querySelectorAll("[class*=ghost-text-decoration]")) part.remove();
		// What stands behind the cursor is drawn behind a suggestion's last line; on the first it is there, and not seen.
		const first = line.cloneNode(true);
		for (const part of first.querySelectorAll("[class*=ghost-text-hidden]")) part.remove();
		const more = [...document.querySelectorAll(".view-zones .suggest-preview-text .view-line")];
		return {
			before: plain(bare.innerText),
			drawn: [first, ...more].map(({ innerText }) => plain(innerText)),
			top: parseFloat(line.style.top),
		};
	})()`)) as Ghost;
}

async function linesFrom(page: Page, top: number): Promise<readonly string[]> {
	return (await page.evaluate(`[...document.querySelector(".monaco-editor .view-lines").children]
		.filter((line) => parseFloat(line.style.top) >= ${top})
		.sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
		.map((line) => line.innerText.replaceAll(String.fromCodePoint(0xa0), " ").trimEnd())`)) as string[];
}
