/** A person's first minutes with the packaged extension: typing, taking a suggestion, looking at what there is. Pictures go to $ATTUNE_PICTURES where it is set. */
import { deepEqual, ok } from "node:assert/strict";
import { extensionPackage } from "#test/editor/packed";
import { takePicture } from "#test/editor/pictures";
import { makeProject, openFile, type Project } from "#test/editor/project";
import { openWindow, type Window } from "#test/editor/window";
import { needHost } from "#test/support/needs";

describe("editor/journey", () => {
	let project: Project;
	let window: Window;
	const picture = (name: string) => takePicture(window.page, name);

	before(async function () {
		const host = needHost(this);
		project = makeProject();
		window = await openWindow(host, project.folder, { settings: project.settings, vsix: extensionPackage(project) });
	});
	after(async () => {
		await window?.close();
		project?.remove();
	});

	it("types, sees ghost text, takes it with Tab", async () => {
		const { page } = window;
		await window.openFile(openFile);
		await page.keyboard.press("Control+End");
		await page.keyboard.type("export function average(items: readonly Item[]): number {\n", { delay: 60 });
		await page.keyboard.type("return ", { delay: 60 });
		const ghost = page.locator(".ghost-text-decoration").first();
		await ghost.waitFor({ timeout: 30_000 });
		await picture("suggestion");
		const suggested = (await ghost.innerText()).replaceAll(String.fromCodePoint(0xa0), " ").trim();
		ok(suggested.length > 0);
		await page.keyboard.press("Tab");
		// What was ghost text is text: it stays when everything that is not is gone.
		await page.keyboard.press("Escape");
		await ghost.waitFor({ state: "detached" });
		ok((await window.text()).includes(suggested), suggested);
	});

	it("shows in the status bar what writes, and what can be done", async () => {
		const { page } = window;
		const item = page.locator('.statusbar-item[aria-label^="Attune"]');
		await item.hover();
		await page.locator(".monaco-hover", { hasText: "Model" }).waitFor();
		await picture("status");
		await item.click();
		await page.locator(".quick-input-list", { hasText: "Adapt to Workspace" }).waitFor();
		await picture("menu");
		await page.keyboard.press("Escape");
		await page.locator(".monaco-editor .view-lines").first().click();
	});

	it("says nothing wrong on the console", () => {
		deepEqual(window.errors, []);
	});
});
