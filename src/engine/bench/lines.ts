/** A child process that answers lines with lines of JSON: the other end of every benchmark's protocol. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { AttuneError } from "#base/errors";

export interface LinePeer<Ready> {
	/** Its first line. */
	readonly ready: Ready;
	/** Sends a line and waits for the answer to it. */
	ask<T>(line: string): Promise<T>;
	/** Ends its input, and with that the process. */
	close(): void;
}

/** Starts a process and waits until it says that it is ready; `remedy` is for when it fails, `environment` comes on top of ours. */
export async function openLines<Ready>(
	command: string,
	words: readonly string[],
	remedy: string,
	environment: NodeJS.ProcessEnv = {},
): Promise<LinePeer<Ready>> {
	const child: ChildProcessWithoutNullStreams = spawn(command, words, {
		stdio: ["pipe", "pipe", "pipe"],
		env: { ...process.env, ...environment },
	});
	let errors = "";
	child.stderr.on("data", (data) => {
		errors = (errors + String(data)).slice(-2_000);
	});
	const failure = (reason: string) =>
		new AttuneError("internal", `a benchmark process (${command}) failed: ${reason}`, { remedy });
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	const gone = new Promise<never>((_resolve, reject) => {
		child.once("error", (cause) => reject(failure(cause.message)));
		child.once("exit", (code) => reject(failure(`it ended with ${code}: ${errors.trim().split("\n").at(-1)}`)));
	});
	gone.catch(() => {});
	const answer = async <T>(): Promise<T> => {
		const line = await Promise.race([lines.next(), gone]);
		if (line.done) return gone;
		return JSON.parse(line.value) as T;
	};
	const ready = await answer<Ready>();
	return {
		ready,
		ask(line) {
			child.stdin.write(`${line}\n`);
			return answer();
		},
		close: () => child.stdin.end(),
	};
}
