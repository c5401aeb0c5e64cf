/** A window of the real editor, driven as a person would: keys, clicks, and waiting for what shows. */
import { readdirSync, readFileSync } from "node:fs";
import type { Browser, Frame, Page } from "playwright-core";
import { takePicture } from "#test/editor/pictures";
import { openBrowser } from "#test/host/browser";
import { type Server, type ServerOptions, startServer, workbenchUrl } from "#test/host/server";
import type { Host } from "#test/host/setup";

export interface Window {
	readonly page: Page;
	/** Errors that the page's console and scripts told of Attune, and of its own pages. */
	readonly errors: readonly string[];
	openFile(name: string): Promise<void>;
	/** Through the command palette. */
	command(title: string): Promise<void>;
	/** The frame of a web view that shows `text`. */
	frameWith(text: string, seconds: number): Promise<Frame>;
	/** Chooses a colour theme by its label. */
	theme(label: string): Promise<void>;
	/** Numbers of the extension's processes that run this program. */
	processes(program: string): readonly number[];
	/** What the editor shows, line by line. */
	text(): Promise<string>;
	/** Resolves when that text `holds`: lines are drawn a moment after they changed. */
	textThat(holds: (text: string) => boolean): Promise<void>;
	/** Saves what is seen in the folder $ATTUNE_PICTURES, where it is set. */
	picture(name: string): Promise<void>;
	/** Where the editor keeps logs, settings and what it keeps for extensions. */
	readonly data: string;
	close(): Promise<void>;
}

/** Opens `folder`. */
export async function openWindow(host: Host, folder: string, options: ServerOptions): Promise<Window> {
	const server = await startServer(host, options);
	const { browser, page } = await openBrowser(host);
	// Of a machine that has other things to do, too.
	page.setDefaultTimeout(60_000);
	const errors = watchErrors(page);
	await page.goto(workbenchUrl(server, folder), { timeout: 180_000 });
	await page.locator('.statusbar-item[aria-label^="Attune"]').waitFor({ timeout: 180_000 });
	return {
		page,
		errors,
		...hands(page),
		...insides(server),
		picture: (name) => takePicture(page, name),
		data: server.data,
		close: () => close(browser, server),
	};
}

/**
 * The editor's own scripts stumble, too, and all come from somewhere. Ours are known by what they say, by the frames of our pages, and
 * inside of those by coming from nowhere: their script stands in the page itself.
 */
function watchErrors(page: Page): readonly string[] {
	const errors: string[] = [];
	const ours = new Set<string>();
	page.on("framenavigated", (frame) => {
		const { searchParams } = new URL(frame.url());
		const [extension, id] = [searchParams.get("extensionId"), searchParams.get("id")];
		if (extension === "attune.attune" && id !== null) ours.add(id);
	});
	const isNamed = (text: string) => /attune/i.test(text) || [...ours].some((id) => text.includes(id));
	const isNowhere = (place: string) => !/https?:/.test(place);
	page.on("console", (message) => {
		const [text, { url }] = [message.text(), message.location()];
		// What the browser itself tells of comes from nowhere, too, and was called with nothing.
		const called = message.args().length > 0;
		if (message.type() === "error" && (isNamed(text + url) || (called && isNowhere(url)))) errors.push(text);
	});
	page.on("pageerror", ({ message, stack = "" }) => {
		if (isNamed(message + stack) || isNowhere(stack)) errors.push(message);
	});
	return errors;
}

function hands(page: Page): Pick<Window, "openFile" | "command" | "theme" | "frameWith" | "text" | "textThat"> {
	const input = page.locator(".quick-input-widget input[type=text]");
	/**
	 * A window that has just been drawn may not listen to keys yet, and a list is as long as it was when it opened: what a slow
	 * window does or knows later is had at another try.
	 */
	const pick = async (keys: string, words: string, tries = 6): Promise<void> => {
		const rows = page.locator(".quick-input-list .monaco-list-row");
		const named = page.locator(
			`.quick-input-list .monaco-list-row:is([aria-label="${words}"], [aria-label^="${words},"])`,
		);
		// What is called just so, which need not be the first, or else the first.
		const wanted = named.or(rows.first().filter({ hasText: words.split(": ").at(-1) ?? "" })).first();
		try {
			await page.keyboard.press(keys);
			await input.waitFor({ timeout: 10_000 });
			await page.keyboard.type(words);
			await wanted.click({ timeout: 10_000 });
		} catch (error) {
			if (tries === 1) throw error;
			await page.keyboard.press("Escape");
			return await pick(keys, words, tries - 1);
		}
	};
	const text = async (): Promise<string> => {
		// Lines are drawn in any order.
		const lines = (await page.evaluate(`[...document.querySelector(".monaco-editor .view-lines").children]
			.sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top)).map((line) => line.innerText)`)) as string[];
		return lines.join("\n").replaceAll(String.fromCodePoint(0xa0), " ");
	};
	return {
		async openFile(name) {
			await pick("Control+p", name);
			await page.locator(`.tab:has-text("${name}")`).waitFor();
			await page.locator(".monaco-editor .view-lines").first().waitFor();
		},
		command: (title) => pick("F1", title),
		async theme(label) {
			await page.keyboard.press("F1");
			await input.waitFor();
			await page.keyboard.type("Preferences: Color Theme");
			// Its neighbour looks for themes on the net.
			await page.locator('.quick-input-list .monaco-list-row[aria-label^="Preferences: Color Theme"]').first().click();
			await page.locator(".quick-input-list .monaco-list-row", { hasText: "Light" }).first().waitFor();
			await page.keyboard.type(label);
			await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: label }).waitFor();
			await page.keyboard.press("Enter");
			// The window is drawn anew, and takes with it whatever list is open then.
			await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
		},
		async frameWith(text, seconds) {
			const end = performance.now() + seconds * 1000;
			while (performance.now() < end) {
				for (const frame of page.frames())
					if (
						(await frame
							.getByText(text)
							.count()
							.catch(() => 0)) > 0
					)
						return frame;
				await page.waitForTimeout(200);
			}
			throw new Error(`no web view shows "${text}" within ${seconds} s`);
		},
		text,
		async textThat(holds) {
			for (let tries = 0; !holds(await text()); tries++) {
				if (tries === 100) throw new Error(`the editor still shows ${JSON.stringify(await text())}`);
				await page.waitForTimeout(100);
			}
		},
	};
}

function insides({ data }: Server): Pick<Window, "processes"> {
	return {
		processes(program) {
			const words = (pid: string) => {
				try {
					return readFileSync(`/proc/${pid}/cmdline`, "utf8");
				} catch {
					return "";
				}
			};
			return readdirSync("/proc")
				.filter((name) => /^\d+$/.test(name))
				.filter((pid) => words(pid).includes(data) && words(pid).includes(`/dist/${program}`))
				.map(Number);
		},
	};
}

async function close(browser: Browser, server: Server): Promise<void> {
	await browser.close();
	await server.stop();
}
