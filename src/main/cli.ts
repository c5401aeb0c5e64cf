#!/usr/bin/env node
import { Interrupts } from "#cli/command";
import { commands } from "#cli/commands";
import { run } from "#cli/run";

const interrupts = new Interrupts();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
	process.on(signal, () => {
		const outcome = interrupts.interrupt();
		if (outcome === "now") process.exit(130);
		// A terminal shows ^C behind the line that is being replaced.
		const start = process.stderr.isTTY ? "\n" : "";
		if (outcome === "stopping") process.stderr.write(`${start}stopping; Ctrl-C again ends it now\n`);
	});
}
for (const stream of [process.stdout, process.stderr]) {
	// Whoever read has gone (`| head`): the work goes on to its end, unheard.
	stream.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code !== "EPIPE") throw error;
	});
}
process.exitCode = await run(process.argv.slice(2), commands, { out: process.stdout, err: process.stderr }, interrupts);
