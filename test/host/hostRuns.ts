/** Which tests run inside an editor, and in what kind of window. */
import { resolve } from "node:path";
import { makeProject } from "#test/editor/project";
import type { Counts, HostRun } from "#test/host/runInHost";

interface Runs {
	/** Of built test files. */
	readonly names: readonly string[];
	/** Seconds. */
	readonly limit: number;
	/** Not a folder, but a workspace of two. */
	readonly several?: true;
	readonly restricted?: true;
	/** With a model that knows nothing. */
	readonly tiny?: true;
}

const all: readonly Runs[] = [
	{ names: ["completions", "neighbours", "adaptation", "surprise"], limit: 600 },
	{ names: ["chat"], limit: 420 },
	{ names: ["chatModels"], limit: 420 },
	{ names: ["keeping"], limit: 600, tiny: true },
	{ names: ["typing"], limit: 600 },
	{ names: ["models"], limit: 300 },
	{ names: ["folders"], limit: 180, several: true },
	{ names: ["restricted"], limit: 120, restricted: true },
];

/** `wanted`: names of test files, none for all. Each window has a project of its own; one that dies is a failure. */
export async function inWindows(
	wanted: readonly string[],
	run: (options: HostRun) => Promise<Counts>,
	print: (text: string) => void,
): Promise<Counts> {
	const results: Counts[] = [];
	for (const { names, limit, several, restricted, tiny } of all) {
		const files = names
			.filter((name) => wanted.length === 0 || wanted.includes(name))
			.map((name) => resolve(`out/test/editor/${name}.host.js`));
		if (files.length === 0) continue;
		const project = makeProject({ tiny: tiny === true });
		try {
			const workspace = several === true ? project.workspaceFile : project.folder;
			const { settings } = project;
			results.push(await run({ files, workspace, settings, timeout: 60_000, limit, trusted: restricted !== true }));
		} catch (error) {
			print(`${(error as Error).message}\n`);
			results.push({ passed: 0, failed: 1, skipped: 0 });
		} finally {
			project.remove();
		}
	}
	const sum = (key: keyof Counts) => results.reduce((total, counts) => total + counts[key], 0);
	return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}
