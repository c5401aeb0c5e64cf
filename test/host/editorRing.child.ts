/**
 * The part of the editor's ring that runs inside a real VS Code: `node out/test/host/editorRing.child.js COUNTS [alone|together] [NAME ...]`, where
 * COUNTS is the file that the numbers go to; `alone` are the tests that time something, `together` the others. Where the host cannot be made it
 * says so and leaves no numbers; `ATTUNE_TEST_EDITOR=required` makes that a failure.
 */
import { writeFileSync } from "node:fs";
import { inWindows } from "#test/host/hostRuns";
import { runInHost } from "#test/host/runInHost";
import { ensureHost, type Host, hostVersion } from "#test/host/setup";

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
	const print = (text: string) => void process.stdout.write(text);
	print(`\ninside VS Code ${hostVersion(host)}\n`);
	const [place, ...words] = process.argv.slice(2);
	const counts = await inWindows(words, (options, show) => runInHost(host, options, show), print);
	if (place !== undefined) writeFileSync(place, JSON.stringify(counts));
	process.exitCode = counts.failed > 0 ? 1 : 0;
}
