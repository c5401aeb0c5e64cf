/** `npm run demo -- --editor`: the address it prints opens an editor with Attune in it, and Ctrl-C leaves nothing. */
import { equal, match, ok, rejects } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeProject } from "#test/editor/project";
import { openBrowser } from "#test/host/browser";
import { needHost } from "#test/support/needs";

describe("editor/demo", () => {
	it("opens the folder, and ends cleanly on Ctrl-C", async function () {
		const host = needHost(this);
		const project = makeProject();
		const place = mkdtempSync(join(tmpdir(), "attune-demo-test-"));
		const env = { ...process.env, TMPDIR: place, ATTUNE_HOME: join(place, "home"), DISPLAY: undefined };
		const words = ["tools/demo.mjs", "--editor", project.folder, "--built"];
		const demo = spawn(process.execPath, words, { env, stdio: ["ignore", "pipe", "pipe"] });
		try {
			const address = await addressOf(demo);
			const { browser, page } = await openBrowser(host);
			try {
				await page.goto(address);
				await page.locator('.statusbar-item[aria-label^="Attune"]').waitFor({ timeout: 90_000 });
				await page.getByText("cart.ts").first().waitFor();
			} finally {
				await browser.close();
			}
			demo.kill("SIGINT");
			const [code] = await once(demo, "exit");
			equal(code, 0);
			await rejects(fetch(address), "the server still answers");
			const left = readdirSync(place).filter((name) => name.startsWith("attune-"));
			ok(left.length === 0, left.join(", "));
		} finally {
			demo.kill("SIGKILL");
			project.remove();
			rmSync(place, { recursive: true, force: true, maxRetries: 3 });
		}
	});
});

async function addressOf(demo: ChildProcess): Promise<string> {
	let said = "";
	for (const stream of [demo.stdout, demo.stderr]) stream?.setEncoding("utf8").on("data", (text) => (said += text));
	const end = performance.now() + 180_000;
	while (!/http:\S+/.test(said)) {
		ok(performance.now() < end && demo.exitCode === null, said);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	match(said, /VS Code \d+\.\d+/);
	return /http:\S+/.exec(said)?.[0] ?? "";
}
