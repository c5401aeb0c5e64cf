/** A person looks for what is surprising: in the Explorer, in an open file, in both themes. Pictures go to $ATTUNE_PICTURES where it is set. */
import { deepEqual, ok } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
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
		await file.locator(".monaco-icon-label[aria-label*='bits per byte']").waitFor({ timeout: 60_000 });
		ok((await file.locator(".monaco-icon-label").getAttribute("aria-label"))?.includes("times the project's median"));
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
		await takePicture(page, "surprise-light");
	});

	it("is hidden again", async () => {
		const { page } = window;
		await window.command("Attune: Hide Surprise Map");
		await page.locator(".monaco-icon-label[aria-label*='bits per byte']").first().waitFor({ state: "detached" });
		await page.locator(marks).first().waitFor({ state: "detached" });
	});

	it("says nothing wrong on the console", () => {
		deepEqual(window.errors, []);
	});
});

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
