/** Pictures of what the journeys see, for people to look at. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";

/** Saved to $ATTUNE_PICTURES where it is set; of all or, where $ATTUNE_PICTURE_NAMES lists some, of those. */
export async function takePicture(page: Page, name: string): Promise<void> {
	const { ATTUNE_PICTURES: folder, ATTUNE_PICTURE_NAMES: names } = process.env;
	if (folder === undefined || (names !== undefined && !names.split(",").includes(name))) return;
	mkdirSync(folder, { recursive: true });
	// What is still fading in would be seen through.
	await page.waitForTimeout(400);
	await page.screenshot({ path: join(folder, `${name}.png`) });
}
