/** Whether the user has seen, in this workspace, what learning reads, and agreed to it. */
import type { Memento } from "vscode";

const key = "attune.readingAgreed";

export function hasAgreed(memory: Memento): boolean {
	return memory.get<boolean>(key) === true;
}

export async function agree(memory: Memento): Promise<void> {
	await memory.update(key, true);
}
