#!/usr/bin/env node
import { Interrupts } from "#cli/command";
import { commands } from "#cli/commands";
import { run } from "#cli/run";

const interrupts = new Interrupts();
let count = 0;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
	process.on(signal, () => {
		// Whoever asks three times means now.
		if (++count === 3) process.exit(130);
		interrupts.interrupt();
	});
}
for (const stream of [process.stdout, process.stderr]) {
	// Whoever read has gone (`| head`): the work goes on to its end, unheard.
	stream.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code !== "EPIPE") throw error;
	});
}
process.exitCode = await run(process.argv.slice(2), commands, { out: process.stdout, err: process.stderr }, interrupts);
