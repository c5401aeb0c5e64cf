/** A folder that nobody trusts yet, the packaged extension set up as it is installed: it suggests and learns nothing, until the folder is trusted. */
import { deepEqual, equal } from "node:assert/strict";
import { takeGhost } from "#test/editor/ghostText";
import { extensionPackage } from "#test/editor/packed";
import { makeProject, openFile, type Project } from "#test/editor/project";
import { openWindow, type Window } from "#test/editor/window";
import { needHost } from "#test/support/needs";

describe("editor/restricted, seen", () => {
	let project: Project;
	let window: Window;
	const tooltip = async () => {
		const { page } = window;
		await page.locator('.statusbar-item[aria-label^="Attune"]').hover();
		const hover = page.locator(".monaco-hover", { hasText: "Model" });
		await hover.waitFor();
		const words = await hover.innerText();
		await page.locator(".monaco-editor .view-lines").first().hover();
		await hover.waitFor({ state: "hidden" });
		return words;
	};
	/** The first lines of a function, key by key, until there is a suggestion. */
	const typeUntilGhost = async () => {
		const { page } = window;
		const ghost = page.locator(".ghost-text-decoration").first();
		for (const line of [
			"export function average(items: readonly Item[]): number {",
			"let sum = 0;",
			"for (const item of ",
		]) {
			await page.keyboard.type(line, { delay: 80 });
			const shown = await ghost.waitFor({ timeout: 5_000 }).then(
				() => true,
				() => false,
			);
			if (shown) return;
			await page.keyboard.press("Enter");
		}
		throw new Error("nothing was suggested");
	};
	/** How many rows of the command palette are called so; it lists what can be done now. */
	const offered = async (title: string, other: string) => {
		const { page } = window;
		await page.keyboard.press("F1");
		await page.locator(".quick-input-widget input[type=text]").waitFor();
		await page.keyboard.type(title.split(" ", 1)[0] ?? title);
		const row = (name: string) => page.locator(`.quick-input-list .monaco-list-row[aria-label^="${name}"]`);
		await row(other).first().waitFor();
		const count = await row(title).count();
		await page.keyboard.press("Escape");
		return count;
	};

	before(async function () {
		const host = needHost(this);
		project = makeProject();
		const vsix = extensionPackage(project);
		const settings = { "attune.dataFolder": project.settings["attune.dataFolder"] };
		window = await openWindow(host, project.folder, { settings, vsix, trusted: false });
	});
	after(async () => {
		await window?.close();
		project?.remove();
	});

	it("suggests, is taken, and says that nothing is learned", async () => {
		const { page } = window;
		await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
		await window.openFile(openFile);
		await page.keyboard.press("Control+End");
		await typeUntilGhost();
		await window.picture("restricted");
		await takeGhost(page);
		equal(/Restricted Mode\W+nothing is learned here/.test(await tooltip()), true);
		equal(await offered("Attune: Adapt to Workspace", "Attune: Choose Model"), 0);
		equal(window.processes("learn").length, 0);
	});

	it("asks before it learns once the folder is trusted", async () => {
		const { page } = window;
		await window.command("Workspaces: Manage Workspace Trust");
		await page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).click();
		await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor({ state: "detached" });
		await window.openFile(openFile);
		equal((await tooltip()).includes("Restricted Mode"), false);
		await window.command("Attune: Adapt to Workspace");
		await page.locator(".quick-input-widget", { hasText: "Attune will read this workspace" }).waitFor();
		await page.keyboard.press("Escape");
	});

	it("says nothing wrong on the console", () => {
		deepEqual(window.errors, []);
	});
});
