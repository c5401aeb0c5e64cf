/** `node tools/icon.mjs`: draws media/icon.png, which the gallery and the editor show, from media/icon.svg. Needs a Chromium, as the editor's tests do. */
import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
	const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
	await page.setContent(`<style>body{margin:0}svg{display:block}</style>${readFileSync("media/icon.svg", "utf8")}`);
	writeFileSync("media/icon.png", await page.screenshot({ omitBackground: true }));
} finally {
	await browser.close();
}
