/** The other end of the learning benchmark's line protocol: a process that runs steps when asked, ours or a rival's. */
import { openLines } from "./lines.ts";
import type { Ready, Steps } from "./serve.ts";

export interface Peer {
	readonly ready: Ready;
	/** From its spawning until it was ready: what it takes to load a program is counted, whatever the language. */
	readonly startSeconds: number;
	step(count: number): Promise<Steps>;
	close(): void;
}

const remedy = "Run the benchmark again; for --rival, set ATTUNE_PYTHON to a Python with torch, transformers and peft.";

/** Starts a process and waits until it says that it is ready. */
export async function openPeer(command: string, words: readonly string[]): Promise<Peer> {
	const from = performance.now();
	const { ready, ask, close } = await openLines<Ready>(command, words, remedy);
	const startSeconds = (performance.now() - from) / 1000;
	return { ready, startSeconds, step: (count) => ask(`step ${count}`), close };
}
