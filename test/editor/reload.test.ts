/** A window is reloaded while its project is learned, in the packaged extension. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { packageRoot } from "#engine/home";
import { learningPage, pageTitle } from "#test/editor/learningPage";
import { extensionPackage } from "#test/editor/packed";
import { makeProject, type Project } from "#test/editor/project";
import { openWindow, type Window } from "#test/editor/window";
import { wideProject } from "#test/slow/realProject";
import { needHost } from "#test/support/needs";

/** So many that learning them outlasts pages that are drawn slowly. */
const sources = ["adapt", "engine", "runtime"].flatMap((folder) =>
	readdirSync(join(packageRoot(), "src", folder), { withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map(({ name }) => `${folder}/${name}`),
);

describe("editor/reload", () => {
	let project: Project;
	let window: Window;
	let frame: Frame;
	const { stage, headline, tab, reported, learned } = learningPage(() => frame);
	const page = async (seconds = 60) => {
		frame = await window.frameWith(pageTitle, seconds);
	};
	/** A window in a browser writes down once a minute what is open in it, and may have forgotten. */
	const pageAgain = async () => {
		try {
			await page(20);
		} catch {
			await window.command("Attune: Show Learning");
			await page();
		}
	};

	before(async function () {
		const host = needHost(this);
		project = makeProject({ tiny: true });
		wideProject(project.folder, sources);
		const settings = { ...project.settings, "attune.adapt.updates": 1_500 };
		window = await openWindow(host, project.folder, { settings, vsix: extensionPackage(project) });
	});
	after(async () => {
		await window?.close();
		project?.remove();
	});

	afterEach(async function () {
		if (this.currentTest?.state === "failed") await window.picture("failed");
	});

	it("loses nothing of a run, and goes on when it is told to", async () => {
		await window.openFile("cart.ts");
		await window.command("Attune: Adapt to Workspace");
		await window.page
			.locator(".quick-input-list", { hasText: "Nothing leaves it" })
			.getByText("Adapt to this workspace")
			.click();
		await page();
		await stage("Learn").waitFor({ timeout: 240_000 });
		await frame.locator(".curve tbody tr").nth(3).waitFor({ state: "attached", timeout: 60_000 });
		const stood = await learned();
		// What goes on is written down every two seconds.
		await window.page.waitForTimeout(4_000);
		await window.page.reload();
		await window.page.locator('.statusbar-item[aria-label^="Attune"]').waitFor({ timeout: 180_000 });
		await pageAgain();
		await headline("Interrupted").waitFor({ timeout: 60_000 });
		ok((await learned()) >= stood, "what was learned is gone");
		ok((await frame.locator(".curve tbody tr").count()) > 3, "the curve is gone");
		// The process of the window before writes its checkpoint and goes.
		while (window.processes("learn.js").length > 0) await window.page.waitForTimeout(200);
		await frame.getByRole("button", { name: "Resume" }).click();
		await stage(/^Learn|^Judge after/).waitFor({ timeout: 120_000 });
		ok((await learned()) >= stood);
		await reported();
		await tab("Runs").click();
		equal(await frame.locator("#panel-runs tbody tr").count(), 1);
	});

	it("says nothing wrong on the console", () => {
		deepEqual(window.errors, []);
	});
});
