/** A person's first minutes with the packaged extension: typing, taking a suggestion, looking at what there is. Pictures go to $ATTUNE_PICTURES where it is set. */
import { deepEqual, equal, match } from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { takeGhost } from "#test/editor/ghostText";
import { extensionPackage } from "#test/editor/packed";
import { takePicture } from "#test/editor/pictures";
import { makeProject, openFile, type Project } from "#test/editor/project";
import { openWindow, type Window } from "#test/editor/window";
import { writeLongModel } from "#test/support/longModel";
import { needHost } from "#test/support/needs";

describe("editor/journey", () => {
	let project: Project;
	let window: Window;
	const picture = (name: string) => takePicture(window.page, name);

	const chat = () => window.page.locator(".part.auxiliarybar");
	const askInChat = async (question: string) => {
		const { page } = window;
		await window.command("Chat: Open Chat");
		await chat().locator(".interactive-input-part .monaco-editor").first().click();
		await page.keyboard.type(question, { delay: 25 });
		await page.keyboard.press("Enter");
		// The first one may take what the list offers.
		if ((await page.locator(".suggest-widget.visible").count()) > 0) await page.keyboard.press("Enter");
	};

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
		await takeGhost(page);
	});

	it("takes a suggestion word by word", async () => {
		const { page } = window;
		await page.keyboard.press("Control+End");
		await page.keyboard.type("\nexport function highest(items: readonly Item[]): number {\nreturn ", { delay: 60 });
		await page.locator(".ghost-text-decoration").first().waitFor({ timeout: 30_000 });
		await page.keyboard.press("Control+ArrowRight");
		await page.keyboard.press("Escape");
		await page.locator(".ghost-text-decoration").first().waitFor({ state: "detached" });
		const taken = (await window.text()).trimEnd();
		match(taken, /highest\(items: readonly Item\[\]\): number \{\s+return\s+[^\s}]/, taken.slice(-60));
		await window.command("File: Revert File");
		await page.locator(".tab.dirty").waitFor({ state: "detached" });
	});

	it("shows in the status bar what writes, and what can be done", async () => {
		const { page } = window;
		const item = page.locator('.statusbar-item[aria-label^="Attune"]');
		equal(await item.getAttribute("aria-label"), "Attune, model starter, not adapted to this workspace");
		equal((await item.innerText()).trim(), "Attune: starter");
		await item.hover();
		const hover = page.locator(".monaco-hover", { hasText: "Model" });
		match(await hover.innerText(), /Adapter\W+none yet\W+Device\W+cpu/);
		await picture("status");
		await item.click();
		await page.locator(".quick-input-list", { hasText: "Adapt to Workspace" }).waitFor();
		await page.keyboard.press("Escape");
		await page.locator(".monaco-editor .view-lines").first().click();
	});

	it("is refused in the editor's own Chat while there is no model for it, which the shipped one is too short for", async () => {
		await askInChat("@attune What does total return?");
		await chat().getByText("Language model unavailable").waitFor({ timeout: 60_000 });
	});

	it("answers in the editor's own Chat", async () => {
		const { page } = window;
		const machine = join(window.data, "data", "Machine", "settings.json");
		const long = writeLongModel(join("media", "starter"), join(project.folder, "..", "long-model"));
		writeFileSync(machine, JSON.stringify({ ...JSON.parse(readFileSync(machine, "utf8")), "attune.model": long }));
		await window.command("Attune: Restart");
		await page.locator('.statusbar-item[aria-label*="model long-model"]').waitFor({ timeout: 120_000 });
		await askInChat("@attune What does total return?");
		const response = chat().locator(".interactive-response", { hasText: "long-model is small" });
		await response.waitFor({ timeout: 120_000 });
		await response.locator(".rendered-markdown p:not(:has(em))", { hasText: /\w/ }).first().waitFor();
		await picture("chat-of-the-editor");
	});

	it("is set up in the editor's own settings, and heeds them at once", async () => {
		const { page } = window;
		await window.command("Attune: Open Settings");
		await page.locator(".settings-editor .suggest-input-container").click();
		await page.keyboard.press("End");
		await page.keyboard.type(" keep learning");
		const setting = page.locator(".settings-editor .setting-item-contents", { hasText: "Keep Learning" });
		await setting.locator(".setting-value-checkbox").click();
		const file = join(window.data, "data", "User", "settings.json");
		const written = () => JSON.parse(readFileSync(file, "utf8"))["attune.adapt.keepLearning"];
		for (let tries = 0; tries < 50 && written() !== true; tries++) await page.waitForTimeout(100);
		equal(written(), true);
		await page.keyboard.press("Escape");
		await page.locator(".monaco-modal-editor-block").waitFor({ state: "hidden" });
		await page.locator('.statusbar-item[aria-label^="Attune"]').hover();
		await page.locator(".monaco-hover", { hasText: /Keep-learning\W+paused: it begins once/ }).waitFor();
	});

	it("says nothing wrong on the console", () => {
		deepEqual(window.errors, []);
	});
});
