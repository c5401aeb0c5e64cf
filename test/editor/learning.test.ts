/** A project is learned in the packaged extension: watched, stopped, killed, reported, rolled back. Pictures go to $ATTUNE_PICTURES. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { seriousBarriers } from "#test/editor/accessible";
import { answerFileDialog } from "#test/editor/fileDialog";
import { learningPage, pageTitle } from "#test/editor/learningPage";
import { checkLogs } from "#test/editor/logs";
import { extensionPackage } from "#test/editor/packed";
import { makeProject, type Project } from "#test/editor/project";
import { openWindow, type Window } from "#test/editor/window";
import { copySource } from "#test/slow/realProject";
import { needHost } from "#test/support/needs";

/** Steps of a run: enough to be stopped and killed on the way. */
const steps = 30;

describe("editor/learning", () => {
	let project: Project;
	let window: Window;
	let frame: Frame;
	const { stage, curve, headline, tab, selected, reported, learned } = learningPage(() => frame);
	const page = async () => {
		frame = await window.frameWith(pageTitle, 60);
	};

	before(async function () {
		const host = needHost(this);
		project = makeProject();
		copySource(project.folder, [
			"adapt/gate.ts",
			"base/errors.ts",
			"base/fields.ts",
			"base/random.ts",
			"base/rhythm.ts",
		]);
		const settings = { ...project.settings, "attune.adapt.updates": steps };
		window = await openWindow(host, project.folder, { settings, vsix: extensionPackage(project) });
	});
	after(async () => {
		await window?.close();
		project?.remove();
	});

	afterEach(async function () {
		if (this.currentTest?.state === "failed") await window.picture("failed");
	});

	it("asks, then shows the run while it lasts", async () => {
		await window.openFile("cart.ts");
		await window.command("Attune: Adapt to Workspace");
		const question = window.page.locator(".quick-input-list", { hasText: "Nothing leaves it" });
		await question.waitFor({ timeout: 60_000 });
		// The question stays while its list is read.
		const listing = await window.frameWith("What Attune would read of", 60);
		await listing.getByRole("row", { name: /keys\.ts holds what looks like a secret/ }).click();
		await listing.getByRole("row", { name: /ignored\.ts named by an ignore file/ }).waitFor();
		ok(await question.isVisible());
		await window.picture("question");
		await question.getByText("Adapt to this workspace").click();
		await page();
		await stage("Score").waitFor({ timeout: 120_000 });
		await stage("Learn").waitFor({ timeout: 120_000 });
		await frame.getByText(/^Learn: \d+ % · [\d.]+ a second · .*\d.* left of this stage$/).waitFor();
		await curve("Loss").locator("canvas").waitFor();
		await curve("Perplexity").locator("canvas").waitFor();
		await frame.getByText("Loss as a table").click();
		await frame.locator(".curve tbody tr").nth(3).waitFor({ timeout: 60_000 });
		for (const fact of ["windows scored", "windows selected", "windows learned", "model", "device", "memory"])
			match(await frame.locator(".fact", { hasText: fact }).locator("dd").innerText(), /[1-9a-z]/, fact);
		const atFirst = async (title: string) =>
			Number(await curve(title).locator("tbody tr").first().locator("td").last().textContent());
		const [perplexity, loss] = [await atFirst("Perplexity"), await atFirst("Loss")];
		ok(Math.abs(perplexity / Math.exp(loss) - 1) < 0.01, `${perplexity}, ${loss}`);
		await frame.getByText("Loss as a table").click();
		await window.picture("learning");
	});

	it("stops where it is told to, and goes on from there", async () => {
		const cancel = frame.getByRole("button", { name: "Cancel" });
		await cancel.click();
		await headline("Stopped").waitFor({ timeout: 120_000 });
		const stood = await learned();
		ok(stood > 0);
		await frame.getByRole("button", { name: "Resume" }).click();
		await stage(/^Learn|^Judge after/).waitFor({ timeout: 120_000 });
		ok((await learned()) >= stood);
	});

	it("says so when its process is killed, and goes on by itself", async () => {
		const [pid] = window.processes("learn.js");
		ok(pid !== undefined);
		process.kill(pid, "SIGKILL");
		await frame.getByText("went on from its checkpoint").waitFor({ timeout: 60_000 });
	});

	it("ends with a report", async () => {
		await reported();
		await frame.getByRole("heading", { name: /^On (files|parts of files) it never|^On parts/ }).waitFor();
		for (const reading of ["bits per byte", "next token right", "whole line right", "likeness of lines"])
			await frame.getByRole("rowheader", { name: reading }).first().waitFor();
		const bits = frame.getByRole("row", { name: /bits per byte/ }).first();
		match(await bits.innerText(), /\d\.\d{3} to \D?\d\.\d{3}\s+(better|within noise)/);
		await bits.locator("svg.interval").waitFor();
		await frame.getByRole("heading", { name: "Files that surprised most" }).waitFor();
		match(await frame.locator(".report").innerText(), /up to 2\.0 % worse|2\.0 % that are accepted/);
		await frame.getByText("in the file").first().waitFor({ timeout: 120_000 });
		equal(await frame.locator(".example").count(), 3);
		await frame.getByText("Suggestions are written with it.").waitFor();
		await window.picture("report");
		// Nobody has typed yet: the model is loaded for this.
		await window.command("Attune: Restart");
		await window.page.locator('.statusbar-item[aria-label*=", adapted to this workspace"]').hover();
		await window.page.locator(".monaco-hover", { hasText: /Adapter\W+this workspace's/ }).waitFor();
	});

	it("keeps the report, and forgets the text of its lines, while it is hidden", async () => {
		const file = frame.locator(".report td button.link, .report th button.link").first();
		const name = (await file.innerText()).split("/").at(-1);
		await file.click();
		await window.page.locator(`.tab.active:has-text("${name}")`).waitFor();
		await window.command("View: Close Editor");
		await page();
		await frame.getByRole("heading", { name: "Files that surprised most" }).waitFor();
		await frame.getByRole("button", { name: "Show three lines" }).click();
		await frame.getByText("in the file").first().waitFor({ timeout: 120_000 });
	});

	it("keeps every run, and rolls back to an earlier one", async () => {
		await window.command("Attune: Adapt to Workspace");
		await selected("Learning");
		await reported();
		await tab("Runs").click();
		const rows = frame.locator("#panel-runs tbody tr");
		await rows.nth(1).waitFor();
		equal(await rows.count(), 2);
		await rows.nth(1).getByRole("button", { name: "Use" }).click();
		await rows.nth(1).getByText("in use").waitFor({ timeout: 30_000 });
		equal(await rows.getByText("in use", { exact: true }).count(), 1);
		await window.picture("runs");
		await frame.getByRole("button", { name: "Use none" }).click();
		await frame.getByText("the base model writes").waitFor({ timeout: 30_000 });
	});

	it("hands an adapter on and deletes a run, once that is agreed to", async () => {
		const { page: workbench } = window;
		const rows = frame.locator("#panel-runs tbody tr");
		const out = join(project.folder, "..", "handed-on");
		await rows.nth(1).getByRole("button", { name: "Export" }).click();
		await workbench.locator(".quick-input-list .monaco-list-row", { hasText: "PEFT folder" }).click();
		const place = workbench.locator(".quick-input-widget input[type=text]");
		// The dialog looks at the disk first.
		while (!(await place.inputValue()).endsWith("attune-adapter")) await workbench.waitForTimeout(100);
		await answerFileDialog(workbench, out, "OK");
		await workbench.locator(".notification-toast", { hasText: "exported to" }).waitFor();
		deepEqual(readdirSync(out).sort(), ["adapter_config.json", "adapter_model.safetensors", "attune.json"]);
		const remove = rows.nth(1).getByRole("button", { name: "Delete" });
		const dialog = workbench.locator(".monaco-dialog-box");
		await remove.click();
		await dialog.getByText("Delete this run?").waitFor();
		await dialog.getByRole("button", { name: "Cancel" }).click();
		equal(await rows.count(), 2);
		await remove.click();
		await dialog.getByRole("button", { name: "Delete" }).click();
		await rows.nth(1).waitFor({ state: "detached" });
		equal(await rows.count(), 1);
		await rows.getByRole("button", { name: "Use" }).click();
		await rows.getByText("in use", { exact: true }).waitFor({ timeout: 30_000 });
	});

	it("goes on learning what is saved, and shows what that gains", async () => {
		await window.command("Attune: Turn Keep-Learning On or Off");
		await window.command("Attune: Show What Keep-Learning Gains");
		// What is there is known.
		await window.frameWith("All that changed is learned", 120);
		copySource(project.folder, ["adapt/keep.ts"]);
		await window.frameWith("On lines it had not seen yet", 180);
		await window.picture("keeping");
		await window.command("Attune: Turn Keep-Learning On or Off");
		await window.page.locator('.tab:has-text("Attune: Learning")').click();
		await page();
	});

	it("can be used with keys alone", async () => {
		await tab("Runs").focus();
		await window.page.keyboard.press("ArrowLeft");
		equal(await tab("Report").getAttribute("aria-selected"), "true");
		await window.page.keyboard.press("Home");
		equal(await tab("Learning").getAttribute("aria-selected"), "true");
		await window.page.keyboard.press("End");
		const pressed = async (name: string) => {
			await tab("Runs").focus();
			for (let tries = 0; tries < 20; tries++) {
				await window.page.keyboard.press("Tab");
				if ((await frame.evaluate("document.activeElement.textContent")) !== name) continue;
				return await window.page.keyboard.press("Enter");
			}
			throw new Error(`Tab does not come to ${name}`);
		};
		await pressed("Use none");
		await frame.getByText("the base model writes").waitFor();
		await pressed("Use");
		await frame.locator("#panel-runs tbody").getByText("in use", { exact: true }).waitFor();
	});

	for (const [theme, kind] of [
		["Dark Modern", "vscode-dark"],
		["Light Modern", "vscode-light"],
		["Dark High Contrast", "vscode-high-contrast"],
	] as const)
		it(`keeps nobody out: ${theme}`, async () => {
			await window.theme(theme);
			await frame.locator(`body.${kind}`).waitFor();
			for (const name of ["Learning", "Report", "Runs"]) {
				await tab(name).click();
				deepEqual(await seriousBarriers(frame), [], name);
			}
			await tab("Report").click();
			await window.picture(`report-${kind}`);
		});

	it("leaves no text of a file in the logs", () => {
		checkLogs(window, "learned in", ["item.price * item.count", "let best: Item"]);
	});

	it("says nothing wrong on the console", () => {
		deepEqual(window.errors, []);
	});
});
