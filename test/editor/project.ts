/** A project for the editor's tests, in a temporary folder, with what a model must never see in it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wideProject } from "#test/slow/realProject";
import { writeTinyModel } from "#test/support/tinyModel";

export interface Project {
	/** To be opened. */
	readonly folder: string;
	/** Of two folders: that one, and one with `second.ts` in it. */
	readonly workspaceFile: string;
	/** User settings: everything is shown, learning is short, what is kept goes to a place of its own. */
	readonly settings: Readonly<Record<string, unknown>>;
	remove(): void;
}

/** What is typed into, in the tests. */
export const openFile = "cart.ts";

const cart = `export interface Item {
	readonly name: string;
	readonly price: number;
	readonly count: number;
}

export function total(items: readonly Item[]): number {
	let sum = 0;
	for (const item of items) sum += item.price * item.count;
	return sum;
}

export function cheapest(items: readonly Item[]): Item | undefined {
	let best: Item | undefined;
	for (const item of items) {
		if (best === undefined || item.price < best.price) best = item;
	}
	return best;
}

`;

/** `tiny`: with a model that knows nothing, for what is only about learning. */
export function makeProject({ tiny = false } = {}): Project {
	const place = mkdtempSync(join(tmpdir(), "attune-editor-"));
	const folder = join(place, "project");
	mkdirSync(folder);
	wideProject(folder);
	const files: Record<string, string> = {
		[openFile]: cart,
		".gitignore": "ignored.ts\n",
		"ignored.ts": cart,
		"keys.ts": `export const key = "${["AKIA", "Q7WJ5XNPR2LTMZKD"].join("")}";\nexport const other = 1;\n`,
	};
	for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
	const workspaceFile = join(place, "two.code-workspace");
	mkdirSync(join(place, "second"));
	writeFileSync(join(place, "second", "second.ts"), cart.replaceAll("Item", "Line"));
	writeFileSync(workspaceFile, JSON.stringify({ folders: [{ path: "project" }, { path: "second" }] }));
	const settings = {
		...{ "attune.completions.threshold": 0, "attune.completions.deadline": 60, "attune.adapt.updates": 12 },
		...{ "attune.threads": 1, "attune.dataFolder": join(place, "home"), "editor.wordBasedSuggestions": "off" },
		...(tiny && { "attune.model": writeTinyModel(join(place, "tiny")) }),
	};
	return {
		folder,
		workspaceFile,
		settings,
		remove: () => rmSync(place, { recursive: true, force: true, maxRetries: 3 }),
	};
}
