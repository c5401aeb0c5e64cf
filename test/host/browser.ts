/** Debian's Chromium, as the window of the host. It reaches nothing but this machine. */
import { type Browser, chromium, type Page } from "playwright-core";
import type { Host } from "#test/host/setup";

export async function openBrowser(host: Host): Promise<{ readonly browser: Browser; readonly page: Page }> {
	const browser = await chromium.launch({
		executablePath: host.chromium,
		args: [
			["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
			["--disable-component-update", "--disable-sync"],
			// VS Code looks hosts up (galleries, telemetry): every name but this machine's fails at once.
			["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
		].flat(),
	});
	const permissions = ["clipboard-read", "clipboard-write"];
	const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, permissions });
	// The first page of a busy machine takes its time.
	context.setDefaultNavigationTimeout(120_000);
	return { browser, page: await context.newPage() };
}
