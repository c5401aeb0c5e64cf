/** The other end of the line protocol: a process that runs steps when asked, ours or a rival's. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { AttuneError } from "#base/errors";
import type { Ready, Steps } from "./serve.ts";

export interface Peer {
	readonly ready: Ready;
	step(count: number): Promise<Steps>;
	close(): void;
}

/** Starts a process and waits until it says that it is ready. Its standard error passes through. */
export async function openPeer(command: string, words: readonly string[]): Promise<Peer> {
	const child: ChildProcessWithoutNullStreams = spawn(command, words, { stdio: ["pipe", "pipe", "pipe"] });
	let errors = "";
	child.stderr.on("data", (data) => {
		errors = (errors + String(data)).slice(-2_000);
	});
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	const gone = new Promise<never>((_resolve, reject) => {
		child.once("error", (cause) => reject(failure(command, cause.message)));
		child.once("exit", (code) =>
			reject(failure(command, `it ended with ${code}: ${errors.trim().split("\n").at(-1)}`)),
		);
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
		step(count) {
			child.stdin.write(`step ${count}\n`);
			return answer<Steps>();
		},
		close: () => child.stdin.end("quit\n"),
	};
}

function failure(command: string, reason: string): AttuneError {
	return new AttuneError("internal", `a benchmark process (${command}) failed: ${reason}`, {
		remedy: "Run the benchmark again; for --rival, set ATTUNE_PYTHON to a Python with torch, transformers and peft.",
	});
}
