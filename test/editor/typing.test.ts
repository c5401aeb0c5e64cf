/**
 * How long a person waits for ghost text after the last key, the pause between keys included, read off the window itself:
 * `ATTUNE_ROUNDS=5 npx mocha --no-config --timeout 600000 out/test/editor/typing.test.js` on a quiet machine. Prints p50 and p95.
 */
import { ok } from "node:assert/strict";
import { extensionPackage } from "#test/editor/packed";
import { makeProject, openFile, type Project } from "#test/editor/project";
import { openWindow, type Window } from "#test/editor/window";
import { needHost } from "#test/support/needs";

/** As a person begins lines, each to be waited after. */
const beginnings = [
	...[
		"export function sum(items: readonly Item[]): number {",
		"\treturn ",
		"const first = items[",
		"for (const item of ",
	],
	...[
		"if (item.price > ",
		"export const empty: Item = { ",
		"function price(item: Item): ",
		"let best: Item | ",
		"// The ",
		"\tsum += ",
	],
];
/** What items are called in each round: what was waved away is not offered again. */
const names = ["item", "order", "entry", "product", "position", "ware"];
/** Times that all of them are typed. A measurement, not a check: it runs where it is asked for. */
const rounds = Number(process.env["ATTUNE_ROUNDS"] ?? 0);

describe("editor/typing, seen", function () {
	this.timeout(600_000);
	let project: Project;
	let window: Window;

	before(async function () {
		if (rounds === 0) this.skip();
		const host = needHost(this);
		project = makeProject();
		const settings = { ...project.settings, "editor.quickSuggestions": "off" };
		window = await openWindow(host, project.folder, { settings, vsix: extensionPackage(project) });
	});
	after(async () => {
		await window?.close();
		project?.remove();
	});

	it("shows what it suggests soon after the last key", async () => {
		const { page } = window;
		await window.openFile(openFile);
		await page.keyboard.press("Control+End");
		const waits: number[] = [];
		let silent = 0;
		// The first one loads the model, and the first two of a language wait for other extensions.
		for (const text of ["export const first = ", "\nexport const second = "]) {
			await page.keyboard.type(text, { delay: 120 });
			await page.locator(".ghost-text-decoration, .ghost-text").first().waitFor();
			await page.keyboard.press("Escape");
		}
		for (let round = 0; round < rounds; round++)
			for (const beginning of beginnings) {
				const text = named(beginning, names[round % names.length] ?? "item");
				await page.keyboard.press("Enter");
				await page.keyboard.type(text.slice(0, -1), { delay: 120 });
				const wait = await waitForGhost(window, text.slice(-1));
				if (wait === undefined) silent++;
				else waits.push(wait);
				await page.keyboard.press("Escape");
			}
		waits.sort((a, b) => a - b);
		const at = (share: number) => waits[Math.min(waits.length - 1, Math.floor(share * waits.length))]?.toFixed(0);
		const asked = waits.length + silent;
		process.stdout.write(
			`      ghost text after the last key: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, ${waits.length} of ${asked} shown\n`,
		);
		ok(waits.length > 0, "nothing was ever shown");
	});
});

function named(text: string, name: string): string {
	const type = name.charAt(0).toUpperCase() + name.slice(1);
	return text.replaceAll("item", name).replaceAll("Item", type);
}

/** Milliseconds from the last key, by the window's own clock, to the frame that shows ghost text; undefined where none comes. */
async function waitForGhost({ page }: Window, last: string): Promise<number | undefined> {
	// The key's own event starts the clock in the page: the way there through this process does not count.
	const measured = page.evaluate(`(${observe})(3000)`) as Promise<number | null>;
	await page.keyboard.type(last);
	return (await measured) ?? undefined;
}

/** What stood there before the key is drawn anew, or gone, two frames later: only from then on does it count. */
const observe = `(limit) => new Promise((resolve) => {
	let pressed;
	let drawn = false;
	const end = (value) => { observer.disconnect(); removeEventListener("keydown", key, true); clearTimeout(timer); resolve(value); };
	const look = () => {
		if (drawn && document.querySelector(".ghost-text-decoration, .ghost-text") !== null) end(performance.now() - pressed);
	};
	const key = () => {
		pressed = performance.now();
		requestAnimationFrame(() => requestAnimationFrame(() => { drawn = true; look(); }));
	};
	const observer = new MutationObserver(look);
	addEventListener("keydown", key, true);
	observer.observe(document.body, { subtree: true, childList: true, attributes: true });
	const timer = setTimeout(() => end(null), limit);
})`;
