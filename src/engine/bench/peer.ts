/** The other end of the learning benchmark's line protocol: a process that runs steps when asked, ours or a rival's. */
import { openLines } from "./lines.ts";
import type { Ready, Steps } from "./serve.ts";

export interface Peer {
	readonly ready: Ready;
	step(count: number): Promise<Steps>;
	close(): void;
}

const remedy = "Run the benchmark again; for --rival, set ATTUNE_PYTHON to a Python with torch, transformers and peft.";

/** Starts a process and waits until it says that it is ready. */
export async function openPeer(command: string, words: readonly string[]): Promise<Peer> {
	const { ready, ask, close } = await openLines<Ready>(command, words, remedy);
	return { ready, step: (count) => ask(`step ${count}`), close };
}
