/** Around the features, in the packaged extension: first steps, choosing and fetching a model, the last prompt, deleting all. And that no text of a file stays behind. */
import { deepEqual, match, ok } from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answerFileDialog } from "#test/editor/fileDialog";
import { takeGhost } from "#test/editor/ghostText";
import { writeGiant } from "#test/editor/giant";
import { filesBelow } from "#test/editor/logs";
import { extensionPackage } from "#test/editor/packed";
import { makeProject, type Project } from "#test/editor/project";
import { openWindow, type Window } from "#test/editor/window";
import { hugeWeights, modelFiles } from "#test/engine/fetching";
import { repositoryId, stagedWeights, startHub, type TestHub } from "#test/support/hub";
import { needHost } from "#test/support/needs";

/** In a file that is read, completed, listed; nowhere else may it be found. */
const canary = "quokkaLanternSevenFjords";
const secretFile = "invoice.ts";
/** Of the shipped model, in tokens. */
const contextLength: number = JSON.parse(readFileSync("media/starter/config.json", "utf8")).max_position_embeddings;

describe("editor/around", () => {
	let project: Project;
	let window: Window;
	let hub: TestHub;
	let home: string;
	let text: string;
	const toast = (text: string) => window.page.locator(".notification-toast", { hasText: text });
	const row = (text: string) => window.page.locator(".quick-input-list .monaco-list-row", { hasText: text });
	const statusItem = () => window.page.locator('.statusbar-item[aria-label^="Attune"]');
	const dialogButton = (name: string) => window.page.locator(".monaco-dialog-box").getByRole("button", { name });

	/** On a busy machine a suggestion may come late, or be replaced by the next in the instant in which Tab is pressed. */
	const takeSuggestion = async () => {
		const { page } = window;
		for (let tries = 1; ; tries++) {
			try {
				return await takeGhost(page);
			} catch (error) {
				if (tries === 4) throw error;
			}
			await page.keyboard.type("i", { delay: 60 });
		}
	};

	before(async function () {
		const host = needHost(this);
		project = makeProject();
		home = String(project.settings["attune.dataFolder"]);
		text = `export function ${canary}(items: readonly number[]): number {\n\tlet sum = 0;\n\tfor (const item of items) sum += item;\n\treturn sum;\n}\n`;
		writeFileSync(join(project.folder, secretFile), text);
		hub = await startHub({ files: modelFiles(hugeWeights()) });
		const vsix = extensionPackage(project);
		const settings = { ...project.settings, "attune.models.host": hub.url };
		window = await openWindow(host, project.folder, { settings, vsix, environment: { NO_PROXY: "127.0.0.1" } });
		window.page.setDefaultTimeout(60_000);
	});
	afterEach(async function () {
		if (this.currentTest?.state === "failed") await window.picture(`failed: ${this.currentTest.title}`);
	});
	after(async () => {
		await window?.close();
		await hub?.close();
		project?.remove();
	});

	it("shows the first steps", async () => {
		const { page } = window;
		await window.command("Attune: Get Started");
		await page.getByText("Get Started With Attune").first().waitFor();
		// The pictures have room only without the side bar.
		await page.keyboard.press("Control+b");
		for (const title of [
			...["See What It Does", "Ask About the Code", "Choose a Larger Model"],
			"Let It Learn This Project",
		]) {
			await page.locator(".getting-started-step", { hasText: title }).click();
			await page.locator(".getting-started-media").waitFor();
		}
		// The picture of the step before fades out.
		await page.waitForTimeout(1_500);
		await window.picture("walkthrough");
		await page.keyboard.press("Control+b");
	});

	it("completes the first step with the first suggestion that is taken", async () => {
		const { page } = window;
		await window.openFile(secretFile);
		await page.keyboard.press("Control+End");
		await page.keyboard.type("export function average(items: readonly number[]): number {\n", { delay: 60 });
		await page.keyboard.type("return ", { delay: 60 });
		await takeSuggestion();
		await page.keyboard.press("Control+s");
		// What was only begun is in error.
		writeFileSync(join(project.folder, secretFile), text);
		await window.command("Attune: Get Started");
		const first = page.locator(".getting-started-step", { hasText: "Type, and Take What Is Suggested" });
		await first.locator(".codicon-getting-started-step-checked.complete, .complete").first().waitFor();
	});

	it("shows which model writes, what takes its place and what that takes", async () => {
		const { page } = window;
		await statusItem().hover();
		const hover = page.locator(".monaco-hover", { hasText: "Model" });
		await hover.locator("a", { hasText: "Choose Model" }).waitFor();
		match(await hover.innerText(), new RegExp(`starter, 8 bits, ${contextLength} tokens`));
		await hover.locator("a", { hasText: "Choose Model" }).click();
		await row("Qwen2.5-Coder-0.5B").first().waitFor();
		const long = contextLength.toLocaleString("en");
		match(await row("starter").first().innerText(), new RegExp(`MB, ${long} tokens[^]*of memory`));
		match(await row("Qwen2.5-Coder-0.5B").first().innerText(), /Apache-2\.0, [\s\S]*32,768 tokens/);
		await window.picture("models");
		await page.keyboard.press("Escape");
	});

	it("fetches a model by its name, is stopped, goes on, and writes with it", async () => {
		const { page } = window;
		hub.faults.set("model.safetensors", [{ kind: "hang", after: 300_000 }]);
		await window.command("Attune: Fetch Model by Name");
		await page.getByText("Its name on the Hugging Face Hub").waitFor();
		await page.keyboard.type("nonsense");
		await page.keyboard.press("Enter");
		await page.getByText("Write owner/name").waitFor();
		await page.keyboard.press("Control+a");
		await page.keyboard.type(repositoryId);
		await page.keyboard.press("Enter");
		await toast("Attune fetches").filter({ hasText: /kB|MB/ }).waitFor();
		// Of what there is nothing of it could not go on.
		while (stagedWeights(home) < 100_000) await page.waitForTimeout(50);
		await window.picture("fetching");
		await toast("Attune fetches").getByRole("button", { name: "Cancel" }).click();
		await toast("it goes on where it was").getByRole("button", { name: "Resume" }).click();
		await toast("some-owner--tiny-model writes now").waitFor();
		ok(
			hub.requests.some((line) => /range=bytes=\d{4,}/.test(line)),
			hub.requests.join("\n"),
		);
	});

	it("says before it loads a folder what that takes, when there is not so much", async () => {
		const { page } = window;
		const giant = join(home, "..", "giant");
		mkdirSync(giant, { recursive: true });
		writeGiant(giant);
		await window.command("Attune: Choose Model");
		const input = page.locator(".quick-input-widget input[type=text]");
		// The field may still be that of the commands.
		do {
			await input.fill("Choose a Folder");
			await page.waitForTimeout(500);
		} while (!(await row("Choose a Folder").isVisible()));
		await row("Choose a Folder").click();
		await page.locator(".quick-input-widget").getByRole("button", { name: "Use This Model" }).waitFor();
		await answerFileDialog(page, `${giant}/`, "Use This Model");
		const dialog = page.locator(".monaco-dialog-box");
		await dialog.waitFor();
		match(await dialog.innerText(), /giant may take up to \d+\.\d+ GB of memory; .* are free/);
		await window.picture("memory");
		await dialogButton("Cancel").click();
		// It is not chosen.
		match((await statusItem().getAttribute("aria-label")) ?? "", /^Attune/);
		await statusItem().hover();
		await page.locator(".monaco-hover", { hasText: "tiny-model" }).waitFor();
		await page.keyboard.press("Escape");
	});

	it("deletes a model by the button of its row, and goes back to the shipped one", async () => {
		const { page } = window;
		await window.command("Attune: Choose Model");
		const mine = row("some-owner--tiny-model").first();
		await mine.hover();
		await mine.locator(".codicon-trash").click();
		await dialogButton("Delete").click();
		await toast("is deleted").waitFor();
		deepEqual(existsSync(join(home, "models", "some-owner--tiny-model")), false);
		await page.keyboard.press("Escape");
	});

	it("shows the last prompt, which nobody can edit", async () => {
		const { page } = window;
		await window.openFile(secretFile);
		await page.keyboard.press("Control+End");
		await page.keyboard.type("\nexport const other = ", { delay: 60 });
		await page.waitForTimeout(3_000);
		await window.command("Attune: Show Last Prompt");
		await page.locator('.tab:has-text("Last prompt")').waitFor();
		await page.locator(".view-line", { hasText: "What the model was given last" }).first().waitFor();
		await window.picture("prompt");
		await page.keyboard.type("x");
		await page.waitForTimeout(500);
		match(await window.text(), /^What the model was given last/);
		await page.keyboard.press("Escape");
	});

	it("leaves no text of a file in logs, in what is kept, or in the diagnostics", async () => {
		const { page } = window;
		await window.command("Attune: Show What Is Read");
		await window.frameWith("What Attune would read", 60);
		await window.picture("files");
		await window.command("Attune: Copy Diagnostics");
		await toast("diagnostics are on the clipboard").waitFor();
		const clipboard = await page.evaluate<string>("navigator.clipboard.readText()");
		match(clipboard, /attune: \d/);
		ok(!clipboard.includes(canary) && !clipboard.includes(project.folder), clipboard);
		const kept = [...filesBelow(home), ...filesBelow(window.data).filter(ofAttune)];
		ok(kept.some((file) => file.startsWith(home)));
		const logs = kept.filter((file) => file.endsWith("/Attune.log"));
		ok(
			logs.some((file) => /serving some-owner--tiny-model after/.test(readFileSync(file, "utf8"))),
			`no log was written: ${logs.join()}`,
		);
		deepEqual(
			kept.filter((file) => readFileSync(file).includes(canary)),
			[],
		);
		// The search finds what there is to find.
		ok(readFileSync(join(project.folder, secretFile)).includes(canary));
	});

	it("is seen in a dark theme and in high contrast, dark and light", async () => {
		const { page } = window;
		for (const [label, look, name] of [
			["Dark Modern", ".vs-dark", "dark"],
			["Dark High Contrast", ".hc-black", "dark-contrast"],
			["Light High Contrast", ".hc-light", "light-contrast"],
		] as const) {
			await window.theme(label);
			await page.locator(`.monaco-workbench${look}`).waitFor();
			await window.command("Attune: Choose Model");
			await row("starter").first().waitFor();
			await window.picture(`models-${name}`);
			await page.keyboard.press("Escape");
			await window.command("Attune: Get Started");
			await page.locator(".getting-started-step").first().waitFor();
			await window.picture(`walkthrough-${name}`);
			// It takes the keys once more when it is drawn, and closes a list that is open by then.
			await page.waitForTimeout(2_000);
		}
	});

	it("deletes everything, once it has said what, and goes on", async () => {
		await window.command("Attune: Delete All Data");
		const dialog = window.page.locator(".monaco-dialog-box");
		await dialog.waitFor();
		match(await dialog.innerText(), /Weights made ready[\s\S]*chats among it/);
		await window.picture("delete");
		await dialogButton("Delete All").click();
		await toast("all is deleted").waitFor();
		deepEqual(filesBelow(home), []);
		await window.openFile("cart.ts");
		await window.page.keyboard.press("Control+End");
		await window.page.keyboard.type("export function average(items: readonly Item[]): number {\n\treturn ", {
			delay: 60,
		});
		// The model is made ready anew.
		await window.page.locator(".ghost-text-decoration").first().waitFor({ timeout: 150_000 });
	});

	it("says nothing wrong on the console", () => {
		deepEqual(window.errors, []);
	});
});

/** What is not the editor's own. */
function ofAttune(path: string): boolean {
	return /attune/i.test(path.slice(path.indexOf("/data/"))) || /\/logs\//.test(path);
}
