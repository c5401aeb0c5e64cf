/** A conversation in the side panel of the packaged extension. Pictures go to $ATTUNE_PICTURES where it is set. */
import { equal } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { makeProject, openFile, type Project } from "#test/editor/project";
import { openWindow, type Window } from "#test/editor/window";
import { needHost } from "#test/support/needs";

describe("editor/chatJourney", () => {
	let project: Project;
	let window: Window;
	let page: Frame;
	const field = () => page.locator("textarea");
	const turn = (number: number) => page.locator("article.turn").nth(number - 1);
	const ended = (number: number) =>
		page.locator(
			`article.turn:nth-of-type(${number}):is([data-state=finished], [data-state=length], [data-state=stopped])`,
		);
	const picture = async (name: string) => {
		const folder = process.env["ATTUNE_PICTURES"];
		if (folder === undefined) return;
		mkdirSync(folder, { recursive: true });
		// What is still fading in would be seen through.
		await window.page.waitForTimeout(400);
		await window.page.screenshot({ path: join(folder, `${name}.png`) });
	};

	before(async function () {
		const host = needHost(this);
		project = makeProject();
		const vsix = join(project.folder, "..", "attune.vsix");
		const packed = spawnSync(process.execPath, ["tools/package.mjs", "--built", "--out", vsix], { encoding: "utf8" });
		equal(packed.status, 0, packed.stderr);
		window = await openWindow(host, project.folder, { settings: project.settings, vsix });
	});
	after(async () => {
		await window?.close();
		project?.remove();
	});

	it("opens beside the code, and says what the shipped model is not for", async () => {
		await window.openFile(openFile);
		await window.command("Attune: Open Chat");
		page = await window.frameWith("Ask about this project", 30);
		await page.getByText("too small to converse").waitFor();
		await page.getByRole("button", { name: "Choose a Larger Model" }).waitFor();
		await picture("chat-empty");
	});

	it("asks with a file that was mentioned, and streams an answer that is inserted", async () => {
		await field().click();
		await window.page.keyboard.type("What is in #cart");
		await page.getByRole("option").first().waitFor();
		await picture("chat-mention");
		await window.page.keyboard.press("Enter");
		await page.locator(".composer .chip", { hasText: openFile }).waitFor();
		await window.page.keyboard.press("Enter");
		await turn(1).waitFor();
		await page.getByRole("button", { name: "Stop" }).waitFor();
		await ended(1).waitFor({ timeout: 120_000 });
		await picture("chat");
	});
});
