/**
 * The part of the editor's ring that runs inside a real VS Code: `node out/test/host/editorRing.child.js COUNTS`, where COUNTS is the file that
 * the numbers go to. Where the host cannot be made it says so and leaves no numbers; `ATTUNE_TEST_EDITOR=required` makes that a failure.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { makeProject } from "#test/editor/project";
import { type Counts, runInHost } from "#test/host/runInHost";
import { ensureHost, type Host, hostVersion } from "#test/host/setup";

/** Built test files by the kind of window they need. */
const runs = [
	{ names: ["completions", "adaptation", "surprise"], trusted: true, limit: 600 },
	{ names: ["chat"], trusted: true, limit: 420 },
	{ names: ["chatModels"], trusted: true, limit: 420 },
	{ names: ["keeping"], trusted: true, limit: 600, tiny: true },
	{ names: ["typing"], trusted: true, limit: 600 },
	{ names: ["models"], trusted: true, limit: 300 },
	{ names: ["folders"], trusted: true, limit: 180, several: true },
	{ names: ["restricted"], trusted: false, limit: 120 },
];

const host = hostOrReason();
if (typeof host === "string") {
	process.stdout.write(`\neditor: NOT RUN inside an editor, ${host}\n`);
	process.exitCode = process.env["ATTUNE_TEST_EDITOR"] === "required" ? 1 : 0;
} else await runAll(host);

function hostOrReason(): Host | string {
	try {
		return ensureHost();
	} catch (error) {
		return (error as Error).message;
	}
}

async function runAll(host: Host): Promise<void> {
	process.stdout.write(`\ninside VS Code ${hostVersion(host)}\n`);
	const wanted = process.argv.slice(3);
	const all: Counts[] = [];
	for (const { names, several, tiny, ...options } of runs) {
		const files = names
			.filter((name) => wanted.length === 0 || wanted.includes(name))
			.map((name) => resolve(`out/test/editor/${name}.host.js`));
		if (files.length === 0) continue;
		const project = makeProject({ tiny });
		try {
			const { folder, workspaceFile, settings } = project;
			const workspace = several === true ? workspaceFile : folder;
			const run = { files, workspace, settings, timeout: 60_000, ...options };
			all.push(await runInHost(host, run, (text) => process.stdout.write(text)));
		} catch (error) {
			process.stdout.write(`${(error as Error).message}\n`);
			all.push({ passed: 0, failed: 1, skipped: 0 });
		} finally {
			project.remove();
		}
	}
	const sum = (key: keyof Counts) => all.reduce((total, counts) => total + counts[key], 0);
	const counts = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
	if (process.argv[2] !== undefined) writeFileSync(process.argv[2], JSON.stringify(counts));
	process.exitCode = counts.failed > 0 ? 1 : 0;
}
