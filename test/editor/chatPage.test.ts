/** The chat's page by itself in a browser, hearing what the extension would say: what it draws, what it answers, what keys do. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import type { Attached, Draft, FromPage, PageState, ToPage, Turn } from "#protocol/chatPage";
import { seriousBarriers } from "#test/editor/accessible";
import { openBrowser } from "#test/host/browser";
import { needHost } from "#test/support/needs";

const file: Attached = { kind: "file", file: "/p/cart.ts", name: "cart.ts" };
const hostile =
	'<img src="https://a.example/x.png" onerror="hacked=1"> <script>hacked=1</script> ![b](https://a.example/c) [c](command:x) <b onclick="hacked=1">d</b>';
const code = "const one = 1;\nconst two = 2;";

function turn(id: string, more: Partial<Turn> = {}): Turn {
	return {
		...{ id, question: `question ${id}`, answer: `answer ${id}`, attached: [], useProject: true, attempt: 0 },
		...{ state: "finished", shown: [], leftOut: [], dropped: 0, notices: [], ...more },
	};
}

describe("editor/chatPage", () => {
	let browser: Browser;
	let page: Page;
	let number = 0;
	const requests: string[] = [];
	const errors: string[] = [];
	const field = () => page.locator("textarea");
	const named = (name: string) => page.getByRole("button", { name, exact: true });
	const say = (message: ToPage) =>
		page.evaluate(
			(data) => (globalThis as never as { postMessage(data: unknown): void }).postMessage(data),
			message as never,
		);
	const show = (...turns: readonly Turn[]) =>
		say({ kind: "conversation", number: ++number, conversation: { id: "c", changed: 1, turns } });
	const state = (more: Partial<PageState> = {}) =>
		say({
			kind: "state",
			state: {
				...{ selection: undefined, change: undefined },
				model: { name: "starter", state: "ready", converses: false, adapted: false },
				...more,
			},
		});
	/** The newest message of a kind that the page sent. */
	const sent = async <Kind extends FromPage["kind"]>(kind: Kind): Promise<Extract<FromPage, { kind: Kind }>> => {
		const found = await page.waitForFunction(
			(wanted) => (globalThis as never as { sent: FromPage[] }).sent.findLast((message) => message.kind === wanted),
			kind,
		);
		return (await found.jsonValue()) as Extract<FromPage, { kind: Kind }>;
	};
	const open = async (kept?: Draft) => {
		await page.goto("about:blank");
		await page.setContent(html(kept));
		await sent("ready");
		await field().waitFor();
	};

	before(async function () {
		({ browser, page } = await openBrowser(needHost(this)));
		await page.setViewportSize({ width: 360, height: 700 });
		page.on("request", (request) => requests.push(request.url()));
		page.on("pageerror", (error) => errors.push(error.message));
	});
	after(() => browser?.close());
	beforeEach(() => open());

	it("says what a small model is not for, and offers another", async () => {
		await state();
		await page.getByText("explains code but does not converse").waitFor();
		await named("Choose a Larger Model").click();
		equal((await sent("command")).command, "chooseModel");
		await state({ model: { name: "big", state: "ready", converses: true, adapted: true } });
		await page.getByText("does not converse").waitFor({ state: "hidden" });
	});

	it("draws an answer as it comes, tells so, and reads it out once it is whole", async () => {
		await show();
		await field().focus();
		const begun = turn("1", { answer: "", state: "waiting" });
		await say({ kind: "turn", number: ++number, turn: begun });
		await page.getByText("reading ...").waitFor();
		await named("Stop").waitFor();
		for (const text of ["Some **bo", "ld** words"]) await say({ kind: "text", number: ++number, turn: "1", text });
		await page.locator(".answer strong", { hasText: "bold" }).waitFor();
		await page.waitForFunction(
			(last) => (globalThis as never as { sent: FromPage[] }).sent.some((m) => m.kind === "drawn" && m.number === last),
			number,
		);
		equal(await page.getByRole("status").innerText(), "Attune is answering.");
		await page.keyboard.press("Escape");
		await sent("stop");
		await say({ kind: "turn", number: ++number, turn: { ...begun, answer: "Some **bold** words", state: "stopped" } });
		await page.getByText("Stopped.").waitFor();
		equal(await page.getByRole("status").innerText(), "Some **bold** words");
		await named("Send").waitFor();
		equal(await page.locator("textarea:focus").count(), 1);
	});

	it("runs and loads nothing of an answer", async () => {
		requests.length = 0;
		await show(turn("1", { answer: hostile }), turn("2", { answer: `\`\`\`html\n${hostile}\n\`\`\`` }));
		await page.getByText("question 2").waitFor();
		equal(await page.locator(".answer :is(img, script, b, [onclick], a[href^=command])").count(), 0);
		equal(await page.evaluate(() => "hacked" in globalThis), false);
		deepEqual(requests, []);
	});

	it("attaches what is mentioned by keys alone, shows it, and takes it away again", async () => {
		await field().pressSequentially("What is in #ca");
		deepEqual((await sent("search")).query, "ca");
		const other: Attached = { ...file, kind: "symbol", name: "total", lines: [7, 11] };
		const candidates = [
			{ attached: file, detail: "src/cart.ts" },
			{ attached: other, detail: "src/cart.ts:7" },
		];
		await say({ kind: "candidates", query: "ca", candidates });
		await page.getByRole("option").nth(1).waitFor();
		await page.keyboard.press("ArrowDown");
		equal(await page.getByRole("option", { selected: true }).innerText(), "total\nsrc/cart.ts:7");
		equal(await field().getAttribute("aria-activedescendant"), "option-1");
		await page.keyboard.press("Enter");
		equal(await field().inputValue(), "What is in `total`");
		await say({ kind: "attach", attached: file });
		await named("Leave cart.ts out").waitFor();
		await named("Leave total out").focus();
		await page.keyboard.press("Enter");
		await named("project").click();
		await field().press("Enter");
		deepEqual((await sent("ask")).draft, { question: "What is in `total`", attached: [file], useProject: false });
		equal(await field().inputValue(), "");
	});

	it("takes the editor's selection along unless it is sent away, and lists no answer to what was typed before", async () => {
		const selection: Attached = { kind: "selection", file: "/p/a.ts", name: "a.ts:1-2", lines: [1, 2] };
		await state({ selection });
		await field().fill("why?");
		await page.keyboard.press("Enter");
		deepEqual((await sent("ask")).draft.attached, [selection]);
		await named("Leave a.ts:1-2 out").click();
		await field().fill("and?");
		await page.keyboard.press("Enter");
		await page.waitForFunction(() =>
			(globalThis as never as { sent: FromPage[] }).sent.some((m) => m.kind === "ask" && m.draft.question === "and?"),
		);
		deepEqual((await sent("ask")).draft.attached, []);
		await field().pressSequentially("#new");
		await say({ kind: "candidates", query: "ne", candidates: [{ attached: file, detail: "" }] });
		await page.waitForTimeout(100);
		equal(await page.getByRole("option").count(), 0);
	});

	it("asks an edited question in the old one's place, by the arrow key too, or gives up", async () => {
		await show(turn("1", { attached: [file] }));
		await page.getByText("question 1").waitFor();
		await field().press("ArrowUp");
		equal(await field().inputValue(), "question 1");
		await page.getByText("Takes this question's place").waitFor();
		await field().press("Escape");
		equal(await field().inputValue(), "");
		await named("Edit and Ask Again").click();
		await field().fill("better");
		await page.keyboard.press("Enter");
		const { turn: instead, draft } = await sent("resend");
		deepEqual([instead, draft.question, draft.attached], ["1", "better", [file]]);
		await named("Answer Anew").click();
		equal((await sent("regenerate")).turn, "1");
	});

	it("hands code over as it is, and decides on a change", async () => {
		await show(turn("1", { answer: `Look:\n\n\`\`\`ts\n${code}\n\`\`\`` }));
		await named("Copy Code").click();
		equal((await sent("copy")).text, code);
		await named("Insert at Cursor").click();
		equal((await sent("insert")).text, code);
		await named("Apply to File, After Showing the Difference").click();
		deepEqual(await sent("apply"), { kind: "apply", turn: "1", code });
		await state({ change: "cart.ts" });
		await page.getByText("Change cart.ts as shown?").waitFor();
		await named("Discard").click();
		equal((await sent("settle")).accept, false);
	});

	it("says what the model was given, and what not and why", async () => {
		const shown = [{ path: "src/cart.ts", lines: [7, 11] as const }];
		const leftOut = [{ path: "keys.ts", lines: undefined, reason: "secretContent" }];
		await show(turn("1", { shown, leftOut, dropped: 4, notices: ["It is small."] }));
		const list = page.getByRole("list", { name: "What the model was given" });
		await list.getByText("keys.ts: holds what looks like a secret").waitFor();
		await list.getByRole("button", { name: "cart.ts:7-11" }).click();
		deepEqual(await sent("open"), { kind: "open", path: "src/cart.ts", lines: [7, 11] });
		await page.getByText("The first 4 messages").waitFor();
	});

	it("has the question again that was being written when the page went away", async () => {
		await open({ question: "half a", attached: [file], useProject: true });
		equal(await field().inputValue(), "half a");
		await named("Leave cart.ts out").waitFor();
	});

	it("moves nothing for those who want no motion", async () => {
		await show(turn("1", { answer: "", state: "waiting" }));
		await page.getByText("reading ...").waitFor();
		const moving = () => page.evaluate("document.getAnimations().length") as Promise<number>;
		await page.emulateMedia({ reducedMotion: "reduce" });
		equal(await moving(), 0);
		await page.emulateMedia({ reducedMotion: "no-preference" });
		ok((await moving()) > 0, "it never moves");
	});

	it("keeps nobody out by its structure", async () => {
		const failure = { message: "it ended", remedy: "Ask again." };
		const table = "| a | b |\n|---|---|\n| 1 | 2 |";
		await state({ change: "cart.ts", selection: file });
		await show(
			turn("1", { answer: `${table}\n\n\`\`\`ts\n${code}\n\`\`\``, shown: [{ path: "a.ts", lines: [1, 2] }] }),
			turn("2", { state: "failed", failure, leftOut: [{ path: "b.ts", lines: [3, 4], reason: "tooLong" }] }),
		);
		await field().pressSequentially("#c");
		await say({ kind: "candidates", query: "c", candidates: [{ attached: file, detail: "" }] });
		await page.getByRole("option").waitFor();
		// Colours are the editor's: they are judged in its window.
		const barriers = await seriousBarriers(page.mainFrame());
		deepEqual(
			barriers.filter((one) => !one.startsWith("color-contrast")),
			[],
		);
	});

	it("leaves who uses keys where they were, whatever is drawn anew", async () => {
		const focused = (name: string) => page.locator(`:focus[aria-label="${name}"]`).waitFor();
		const two = ["one", "two"].map((text) => `\`\`\`ts\n${text}\n\`\`\``).join("\n\n");
		await show(turn("1"), turn("2", { answer: two }));
		await named("Copy Code").nth(1).focus();
		await say({ kind: "turn", number: ++number, turn: turn("2", { answer: two, notices: ["More."] }) });
		await page.getByText("More.").waitFor();
		await focused("Copy Code");
		await page.keyboard.press("Enter");
		equal((await sent("copy")).text, "two");
		await named("Answer Anew").nth(1).focus();
		await page.keyboard.press("Enter");
		equal((await sent("regenerate")).turn, "2");
		const begun = turn("2", { answer: "", state: "waiting" });
		await say({ kind: "turn", number: ++number, turn: begun });
		await focused("Question");
		await say({ kind: "text", number: ++number, turn: "2", text: "```ts\nlet" });
		await page.locator("pre").focus();
		await say({ kind: "text", number: ++number, turn: "2", text: " it" });
		await page.locator("pre:focus", { hasText: "let it" }).waitFor();
		await say({ kind: "turn", number: ++number, turn: { ...begun, answer: "```ts\nlet it\n```", state: "finished" } });
		await named("Copy Code").waitFor();
		equal(await page.locator("pre:focus").count(), 1);
		await named("Answer Anew").nth(1).focus();
		await show(turn("3"));
		await page.getByText("question 3").waitFor();
		await focused("Answer Anew");
	});

	it("leaves who is about to decide on the button while the model's state and the selection change", async () => {
		const model = { name: "starter", state: "ready", converses: false, adapted: false } as const;
		await state({ change: "cart.ts" });
		for (const name of ["Discard", "Choose a Larger Model"]) {
			await named(name).focus();
			await state({ change: "cart.ts", selection: file, model: { ...model, state: "loading" } });
			await state({ change: "cart.ts", model });
			await named("Leave cart.ts out").waitFor({ state: "detached" });
			equal(await page.locator("button:focus", { hasText: name }).count(), 1);
		}
		await named("Discard").focus();
		await state({ change: "other.ts" });
		await page.getByText("Change other.ts as shown?").waitFor();
		equal(await page.locator("button:focus", { hasText: "Discard" }).count(), 1);
		await state();
		await page.locator("textarea:focus").waitFor();
	});

	it("fails at nothing", () => {
		deepEqual(errors, []);
	});
});

/** The page as the extension writes it, its messages kept in `sent`. */
function html(kept: Draft | undefined): string {
	const policy = "default-src 'none'; script-src 'nonce-n'; style-src 'nonce-n'; font-src data:; img-src data:";
	const script = readFileSync("dist/panel/chat.page.js", "utf8");
	const host = `globalThis.sent = []; globalThis.acquireVsCodeApi = () => ({
		postMessage: (message) => sent.push(message), getState: () => (${JSON.stringify(kept)}), setState() {} });`;
	return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Attune Chat</title>
		<meta http-equiv="Content-Security-Policy" content="${policy}">
		<style nonce="n">${readFileSync("dist/panel/chat.page.css", "utf8")}</style></head>
		<body data-words="{}"><script nonce="n">${host}</script><script nonce="n">${script}</script></body></html>`;
}
