import type { Page } from "playwright-core";

/**
 * Answers the editor's own dialog for files with `path`; `button` agrees. After each change it looks at the disk, may write into its field
 * meanwhile, and takes no answer.
 */
export async function answerFileDialog(page: Page, path: string, button: string): Promise<void> {
	const widget = page.locator(".quick-input-widget");
	const field = widget.locator("input[type=text]");
	const closed = () =>
		field.waitFor({ state: "hidden", timeout: 10_000 }).then(
			() => true,
			() => false,
		);
	do {
		await field.fill(path);
		await page.waitForTimeout(2_000);
		if ((await field.inputValue()) === path) await widget.getByRole("button", { name: button }).click();
	} while (!(await closed()));
}
