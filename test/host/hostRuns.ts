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
	/** Times what it does: nothing else runs meanwhile. */
	readonly alone?: true;
}

const all: readonly Runs[] = [
	{ names: ["completions", "wishes", "neighbours"], limit: 600 },
	{ names: ["adaptation", "killed", "surprise"], limit: 600 },
	{ names: ["chat"], limit: 420 },
	{ names: ["chatModels"], limit: 420 },
	{ names: ["keeping"], limit: 600, tiny: true },
	{ names: ["blocking"], limit: 600, alone: true },
	{ names: ["models"], limit: 300 },
	{ names: ["folders"], limit: 420, several: true },
	{ names: ["restricted"], limit: 120, restricted: true },
];

/** Windows at a time: they wait more than they compute. */
const lanes = 2;

/** `words`: names of test files, none for all; `alone` or `together` for what is one of these. Each window has a project of its own; one that dies is a failure. */
export async function inWindows(
	words: readonly string[],
	run: (options: HostRun, print: (text: string) => void) => Promise<Counts>,
	print: (text: string) => void,
): Promise<Counts> {
	const results: Counts[] = [];
	const wanted = words.filter((word) => word !== "alone" && word !== "together");
	const chosen = all
		.map((runs) => ({ ...runs, names: runs.names.filter((name) => wanted.length === 0 || wanted.includes(name)) }))
		.filter(({ names }) => names.length > 0);
	const alone = words.includes("together") ? [] : chosen.filter((runs) => runs.alone === true);
	for (const runs of alone) results.push(await inFreshWindows(runs, run, print));
	const others = (words.includes("alone") ? [] : chosen.filter((runs) => runs.alone !== true)).values();
	const lane = async () => {
		for (const runs of others) {
			// Two that are printed as they come could not be told apart.
			const printed: string[] = [];
			results.push(await inFreshWindows(runs, run, (text) => void printed.push(text)));
			print(printed.join(""));
		}
	};
	await Promise.all(Array.from({ length: lanes }, lane));
	const sum = (key: "passed" | "failed" | "skipped") => results.reduce((total, counts) => total + counts[key], 0);
	const remarks = results.flatMap((counts) => counts.remarks);
	return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped"), remarks };
}

/** What opening a window takes, and what a test before it left in it, can't be tried again in the same one. */
async function inFreshWindows(...how: Parameters<typeof inWindow>): Promise<Counts> {
	const earlier: string[] = [];
	for (let tries = how[0].alone === true ? 2 : 1; ; tries--) {
		const counts = await inWindow(...how);
		const remarks = [...earlier, ...counts.remarks];
		if (counts.failed === 0 || tries === 0) return { ...counts, remarks };
		earlier.push(...counts.remarks.map((remark) => `in a window before, ${remark}`));
	}
}

async function inWindow(
	{ names, limit, several, restricted, tiny, alone }: Runs,
	run: (options: HostRun, print: (text: string) => void) => Promise<Counts>,
	print: (text: string) => void,
): Promise<Counts> {
	const files = names.map((name) => resolve(`out/test/${alone ? "timing" : "editor"}/${name}.host.js`));
	const project = makeProject({ tiny: tiny === true });
	try {
		const workspace = several === true ? project.workspaceFile : project.folder;
		const { settings } = project;
		return await run({ files, workspace, settings, timeout: 60_000, limit, trusted: restricted !== true }, print);
	} catch (error) {
		const { message } = error as Error;
		print(`${message}\n`);
		return { passed: 0, failed: 1, skipped: 0, remarks: [`failed: the window of ${names.join(", ")}: ${message}`] };
	} finally {
		project.remove();
	}
}
