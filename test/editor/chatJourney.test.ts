/** Conversations in the side panel of the packaged extension, by keys and clicks. Pictures go to $ATTUNE_PICTURES. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Frame, Locator } from "playwright-core";
import type { Conversation } from "#protocol/chatPage";
import { seriousBarriers } from "#test/editor/accessible";
import { checkLogs } from "#test/editor/logs";
import { extensionPackage } from "#test/editor/packed";
import { takePicture } from "#test/editor/pictures";
import { hostile, planted, reworded } from "#test/editor/plantedAnswers";
import { makeProject, openFile, type Project } from "#test/editor/project";
import { stopAtFirstText } from "#test/editor/stopAtFirstText";
import { openWindow, type Window } from "#test/editor/window";
import { needHost } from "#test/support/needs";

const themes = {
	light: ["Light Modern", "body.vscode-light"],
	dark: ["Dark Modern", "body.vscode-dark"],
	"high contrast": ["Dark High Contrast", "body.vscode-high-contrast:not(.vscode-high-contrast-light)"],
	// It has both classes.
	"high contrast light": ["Light High Contrast", "body.vscode-high-contrast-light"],
} as const;

describe("editor/chatJourney", () => {
	let project: Project;
	let window: Window;
	let page: Frame;
	const turns = () => page.locator("article.turn");
	const state = (turn: Locator) => turn.getAttribute("data-state");
	const button = (name: string, within: Locator | Frame = page) => within.getByRole("button", { name, exact: true });
	const open = async () => {
		page = await window.frameWith("Send with Enter", 150);
	};
	const ask = async (question: string) => {
		const before = await turns().count();
		await page.locator("textarea").click();
		await window.page.keyboard.type(question);
		await window.page.keyboard.press("Enter");
		await turns().nth(before).waitFor();
	};
	/** Resolves when no answer is under way. */
	const ended = async () => {
		await button("Send").waitFor({ timeout: 150_000 });
		await page.locator("[data-state=waiting], [data-state=streaming]").waitFor({ state: "detached" });
	};
	const undoTo = async (before: string) => {
		await window.page.locator(".monaco-editor .view-lines").first().click();
		await window.page.keyboard.press("Control+z");
		await window.page.locator(".tab.dirty").waitFor({ state: "detached" });
		await window.textThat((text) => text === before);
	};
	const kept = (): { readonly file: string; readonly conversation: Conversation }[] => {
		const root = join(window.data, "data", "User", "workspaceStorage");
		const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
			/chats\/[^/]+\.json$/.test(path),
		);
		return files.map((path) => ({
			file: join(root, path),
			conversation: JSON.parse(readFileSync(join(root, path), "utf8")),
		}));
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

	afterEach(async function () {
		if (this.currentTest?.state === "failed") await takePicture(window.page, "chat-failed");
	});

	it("opens beside the code, and says what the shipped model is not for", async () => {
		await window.openFile(openFile);
		await window.command("Attune: Open Chat");
		await open();
		await page.getByText("does not converse").waitFor();
		await button("Choose a Larger Model").waitFor();
		const around = await window.page.locator(".part.auxiliarybar").boundingBox();
		const inside = await (await page.parentFrame()?.frameElement())?.boundingBox();
		ok(around !== null && inside && inside.width > 100 && inside.x >= around.x, JSON.stringify([around, inside]));
		await takePicture(window.page, "chat-empty");
	});

	it("asks with a file that is mentioned, streams the answer, and inserts it", async () => {
		await page.locator("textarea").click();
		await window.page.keyboard.type("What does the code in #cart");
		await page.getByRole("option", { name: openFile }).first().waitFor();
		await takePicture(window.page, "chat-mention");
		await window.page.keyboard.press("Enter");
		await page.getByRole("list", { name: "Goes with the question" }).getByText(openFile).waitFor();
		await window.page.keyboard.type(" do?");
		await window.page.keyboard.press("Enter");
		await turns().first().waitFor();
		await ended();
		ok((await turns().first().locator(".answer").innerText()) !== "");
		await page.getByRole("list", { name: "What the model was given" }).getByText(openFile).first().waitFor();
		await page.getByRole("status").getByText(/\w/).waitFor({ state: "attached" });
		await takePicture(window.page, "chat");
		const before = await window.text();
		await button("Insert Answer at Cursor", turns().first()).click();
		await window.page.locator(".tab.dirty").waitFor();
		await window.textThat((text) => text !== before);
		await undoTo(before);
	});

	it("stops at a click, keeping what was said", async () => {
		await stopAtFirstText(page);
		await ask("Tell me everything about all of this.");
		await ended();
		// A small model may have said all it has to say before the click.
		for (let tries = 0; tries < 8 && (await state(turns().nth(1))) !== "stopped"; tries++) {
			await stopAtFirstText(page);
			await button("Answer Anew", turns().nth(1)).click();
			await ended();
		}
		equal(await state(turns().nth(1)), "stopped");
		ok((await turns().nth(1).locator(".answer").innerText()).length > 0);
	});

	it("asks an edited question in place of the old one and of what followed, and another answer to it", async () => {
		await button("Edit and Ask Again", turns().first()).click();
		await page.getByText("Takes this question's place").waitFor();
		await page.locator("textarea").fill("What is an Item?");
		await window.page.keyboard.press("Enter");
		await page.getByText("What is an Item?").waitFor();
		await ended();
		equal(await turns().count(), 1);
		const answer = await turns().first().locator(".answer").innerText();
		await button("Answer Anew", turns().first()).click();
		const answerNow = () => turns().first().locator(".answer").innerText();
		while ((await answerNow()) === answer) await window.page.waitForTimeout(50);
		await ended();
		equal(await turns().count(), 1);
		ok((await answerNow()) !== answer);
	});

	it("explains the declaration at the cursor from the editor's menu", async () => {
		const { page: workbench } = window;
		const line = workbench.locator(".view-line", { hasText: "let sum" });
		await line.click();
		// The language's own service tells where declarations are, once it is there.
		await workbench.locator(".breadcrumbs-control", { hasText: "total" }).waitFor({ timeout: 150_000 });
		await line.click({ button: "right" });
		await workbench.locator(".monaco-menu .action-item", { hasText: /^Attune$/ }).hover();
		// By keys: a pointer that crosses the menu may close what it opened.
		await workbench.keyboard.press("ArrowRight");
		await workbench.locator(".monaco-submenu .action-item.focused", { hasText: "Explain" }).waitFor();
		await workbench.keyboard.press("Enter");
		await page.getByText("Explain total").waitFor({ timeout: 150_000 });
		await ended();
		await turns().nth(1).getByText("cart.ts:7-11").waitFor();
	});

	it("comes back after a kill -9 while it answers, and loses nothing", async () => {
		const [pid] = window.processes("serve.js");
		ok(pid !== undefined);
		// Held before it is asked: a small model may have answered before it is killed.
		process.kill(pid, "SIGSTOP");
		await ask("Tell me everything once more, from the beginning.");
		equal(await state(turns().nth(2)), "waiting");
		process.kill(pid, "SIGKILL");
		await ended();
		match((await state(turns().nth(2))) ?? "", /finished|length/);
		equal(await turns().count(), 3);
		ok(!window.processes("serve.js").includes(pid));
	});

	it("has the conversation again after the window was reloaded, and shows nothing in it that runs or loads", async () => {
		const [{ file, conversation } = { file: "", conversation: undefined }] = kept();
		equal(conversation?.turns.length, 3);
		const [first, second, third] = conversation?.turns ?? [];
		const rewritten = [
			{ ...first, answer: hostile },
			second,
			{ ...third, question: reworded, answer: planted, state: "finished", dropped: 0 },
		];
		writeFileSync(file, JSON.stringify({ ...conversation, turns: rewritten }));
		await window.page.reload({ timeout: 180_000 });
		await window.page.locator('.statusbar-item[aria-label^="Attune"]').waitFor({ timeout: 180_000 });
		// A window in a browser writes which views are open only now and then.
		await window.command("Attune: Open Chat");
		await open();
		await page.getByText(reworded).waitFor();
		equal(await turns().count(), 3);
		equal(await page.locator("img, script[src^='http'], .answer script, a[href^='command']").count(), 0);
		await takePicture(window.page, "chat-code");
	});

	it("applies code after showing the difference, as one step to undo", async () => {
		const { page: workbench } = window;
		const wanted = "items.reduce";
		await button("Copy Code", turns().nth(2)).click();
		const copied = () => workbench.evaluate<string>("navigator.clipboard.readText()");
		while (!(await copied()).includes(wanted)) await workbench.waitForTimeout(100);
		equal(await copied(), planted.split("\n").slice(3, -1).join("\n"));
		await window.openFile(openFile);
		const before = await window.text();
		await button("Apply to File, After Showing the Difference", turns().nth(2)).click();
		await page.getByText(`Change ${openFile} as shown?`).waitFor();
		await workbench.locator(".monaco-diff-editor .view-line", { hasText: wanted }).waitFor();
		await takePicture(workbench, "chat-change");
		await button("Apply").click();
		await workbench.locator(".monaco-diff-editor").waitFor({ state: "detached" });
		await workbench.locator(".tab.dirty").waitFor();
		await window.textThat((text) => text.includes(wanted));
		await undoTo(before);
	});

	for (const [name, [theme, look]] of Object.entries(themes)) {
		it(`keeps nobody out in ${name}`, async () => {
			await window.theme(theme);
			await page.locator(look).waitFor();
			await page.locator("textarea").fill("#");
			await page.locator("textarea").dispatchEvent("input");
			await page.getByRole("option").first().waitFor();
			deepEqual(await seriousBarriers(page), []);
			await takePicture(window.page, `chat-${name.replaceAll(" ", "-")}`);
			await page.locator("textarea").fill("");
		});
	}

	it("begins another conversation and lists both", async () => {
		await window.command("Attune: New Conversation");
		await page.getByText("Ask about this project").waitFor();
		await button("Explain This Code").click();
		await turns().first().waitFor();
		await ended();
		match((await state(turns().first())) ?? "", /finished|length/);
		await window.command("Attune: Show Conversations");
		const rows = window.page.locator(".quick-input-list .monaco-list-row");
		await rows.nth(1).waitFor();
		equal(await rows.count(), 2);
		await rows.nth(1).click();
		await page.getByText("What is an Item?").waitFor();
		equal(kept().length, 2);
	});

	it("shows the model what is selected, and a declaration that is mentioned by its name", async () => {
		const { page: workbench } = window;
		await window.command("Attune: New Conversation");
		await page.getByText("Ask about this project").waitFor();
		await workbench.locator(".view-line", { hasText: "let sum" }).click();
		await workbench.keyboard.press("Home");
		await workbench.keyboard.press("Shift+ArrowDown");
		// It would go along by itself.
		await button("Leave cart.ts:8-9 out").click();
		for (const [mention, option, given] of [
			["#selection", "cart.ts:8-9", "cart.ts:8-9"],
			["#cheap", "cheapest", "cart.ts:13-19"],
		] as const) {
			const turn = turns().nth(await turns().count());
			await page.locator("textarea").click();
			await workbench.keyboard.type(`What is ${mention}`);
			await page.getByRole("option", { name: option }).first().waitFor();
			await workbench.keyboard.press("Enter");
			await workbench.keyboard.press("Enter");
			await turn.waitFor();
			await ended();
			await turn.getByRole("list", { name: "What the model was given" }).getByText(given, { exact: true }).waitFor();
			await workbench.locator(".view-line", { hasText: "let sum" }).click();
		}
	});

	it("leaves no text of a file in the logs", () => {
		checkLogs(window, "serving starter after", [
			"item.price * item.count",
			"let best: Item",
			"What is an Item?",
			"What does the code",
		]);
	});

	it("says nothing wrong on the console", () => {
		deepEqual(window.errors, []);
	});

	it("would have heard of anything wrong in its page", async () => {
		await page.evaluate("window.dispatchEvent(new MessageEvent('message', { data: null })); console.error('a word')");
		for (let tries = 0; tries < 50 && window.errors.length < 2; tries++) await window.page.waitForTimeout(100);
		equal(window.errors.length, 2, window.errors.join("\n"));
	});
});
