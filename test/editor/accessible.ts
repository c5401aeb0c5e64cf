/** What keeps people out of a page, as axe-core sees it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Frame } from "playwright-core";

interface Finding {
	readonly id: string;
	readonly impact: string;
	readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** One line each; empty where there is none that is serious or critical. */
export async function seriousBarriers(frame: Frame): Promise<string[]> {
	// Evaluated, not loaded: the page's own policy lets nothing in.
	await frame.evaluate(source);
	const findings = await frame.evaluate(async () => {
		const axe = (globalThis as unknown as { axe: { run(): Promise<{ violations: unknown }> } }).axe;
		return (await axe.run()).violations;
	});
	return (findings as Finding[])
		.filter(({ impact }) => impact === "serious" || impact === "critical")
		.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}
