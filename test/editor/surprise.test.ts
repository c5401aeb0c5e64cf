/** A person looks for what is surprising: in the Explorer, in an open file, in both themes. Pictures go to $ATTUNE_PICTURES where it is set. */
import { deepEqual, notEqual, ok } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { checkLogs } from "#test/editor/logs";
import { extensionPackage } from "#test/editor/packed";
import { takePicture } from "#test/editor/pictures";
import { makeProject, openFile, type Project } from "#test/editor/project";
import { openWindow, type Window } from "#test/editor/window";
import { copySource } from "#test/slow/realProject";
import { needHost } from "#test/support/needs";

describe("editor/surprise, seen", () => {
	let project: Project;
	let window: Window;

	before(async function () {
		const host = needHost(this);
		project = makeProject();
		copySource(project.folder, ["base"]);
		writeFileSync(join(project.folder, "strange.ts"), strange);
		writeFileSync(join(project.folder, "names.txt"), oddNames);
		const settings = { ...project.settings, "workbench.colorTheme": "Default Dark Modern" };
		window = await openWindow(host, project.folder, { settings, vsix: extensionPackage(project) });
	});
	after(async () => {
		await window?.close();
		project?.remove();
	});

	it("draws the map: badges in the Explorer, lines in the file, and says in a hover how surprising", async () => {
		const { page } = window;
		await page.keyboard.press("Control+Shift+e");
		await window.openFile(openFile);
		await window.openFile("strange.ts");
		await window.command("Attune: Show Surprise Map");
		const file = page.locator(".explorer-folders-view .monaco-list-row", { hasText: "strange.ts" });
		const label = file.locator(".monaco-icon-label[aria-label*='bits per byte']");
		await label.and(page.locator(`[aria-label*="times the project's median"]`)).waitFor({ timeout: 60_000 });
		const mark = page.locator(".monaco-editor .view-line", { hasText: "blorpgh" }).first();
		await page.locator(marks).first().waitFor({ timeout: 60_000 });
		await page.locator(".notification-toast", { hasText: "looks for" }).waitFor({ state: "detached" });
		const odd = page.locator(".explorer-folders-view .monaco-list-row", { hasText: "names.txt" });
		await odd.locator(".monaco-decoration-itemColor").waitFor();
		await page.waitForTimeout(3_000);
		await takePicture(page, "surprise-files");
		await mark.hover({ position: { x: 120, y: 8 } });
		await page.locator(".monaco-hover", { hasText: "times what a line of this length costs" }).first().waitFor();
		await takePicture(page, "surprise");
	});

	it("can be told apart in a light theme, too", async () => {
		const { page } = window;
		await window.command("Preferences: Toggle between Light/Dark Themes");
		await page.locator(".monaco-workbench.vs").waitFor({ timeout: 60_000 });
		await page.waitForTimeout(1_000);
		const file = (name: string) => page.locator(".explorer-folders-view .monaco-list-row", { hasText: name });
		const colour = (place: Locator, of: "color" | "backgroundColor") =>
			place.evaluate((element, name) => {
				const { getComputedStyle } = globalThis as unknown as Styled;
				return getComputedStyle(element)[name] ?? "";
			}, of);
		const odd = await colour(file("names.txt").locator(".label-name"), "color");
		notEqual(odd, await colour(file("cart.ts").locator(".label-name"), "color"));
		const behind = await colour(page.locator(".part.sidebar"), "backgroundColor");
		ok(contrast(odd, behind) >= 4.5, `${odd} on ${behind}`);
		const marked = await colour(page.locator(marks).first(), "backgroundColor");
		const plain = await colour(page.locator(".monaco-editor").first(), "backgroundColor");
		ok(channels(marked).length === 3 || (channels(marked)[3] ?? 0) > 0, marked);
		notEqual(marked, plain);
		await takePicture(page, "surprise-light");
	});

	it("is hidden again", async () => {
		const { page } = window;
		await window.command("Attune: Hide Surprise Map");
		await page.locator(".monaco-icon-label[aria-label*='bits per byte']").first().waitFor({ state: "detached" });
		await page.locator(marks).first().waitFor({ state: "detached" });
	});

	it("leaves no text of a file in the logs", () => {
		checkLogs(window, "ready after", ["Vrkt9 wjq0", "yearsOf"]);
	});

	it("says nothing wrong on the console", () => {
		deepEqual(window.errors, []);
	});
});

interface Styled {
	getComputedStyle(element: unknown): Readonly<Record<string, string>>;
}

/** Red, green, blue and, where it is not 1, opacity. */
function channels(colour: string): readonly number[] {
	return (colour.match(/[\d.]+/g) ?? []).map(Number);
}

/** Of two opaque colours, by WCAG 2.2. */
function contrast(one: string, other: string): number {
	const [light = 0, dark = 0] = [one, other].map(luminance).sort((a, b) => b - a);
	return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
	const [red = 0, green = 0, blue = 0] = channels(colour)
		.slice(0, 3)
		.map((value) => value / 255)
		.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** What an extension marks in a text. */
const marks = ".view-overlays .cdr[class*='TextEditorDecorationType']";

const oddNames = "Qwlzt Vrkt9 wjq0 blorpgh xq7, Ymnze Ovaqr ut8 fzz ploqm\n".repeat(6);

const strange = `/** What the till of a shop knows of a customer. */
export interface Customer {
	readonly name: string;
	readonly email: string;
	readonly since: Date;
}

export function greet(customer: Customer): string {
	const zzqx = "Vrkt9 wjq0 blorpgh xq7";
	return \`Hello \${customer.name}\${zzqx}\`;
}

export function yearsOf(customer: Customer, now: Date): number {
	return now.getFullYear() - customer.since.getFullYear();
}

export function isNew(customer: Customer, now: Date): boolean {
	return yearsOf(customer, now) < 1;
}
`;
