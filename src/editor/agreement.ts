/** Whether the user has seen, in this workspace, what learning reads, and agreed to it: of these folders, not of one that came later. */
import type { Memento } from "vscode";

const key = "attune.readingAgreed";

export function hasAgreed(memory: Memento, roots: readonly string[]): boolean {
	const agreed = agreedRoots(memory);
	return roots.every((root) => agreed.includes(root));
}

export async function agree(memory: Memento, roots: readonly string[]): Promise<void> {
	await memory.update(key, [...new Set([...agreedRoots(memory), ...roots])]);
}

function agreedRoots(memory: Memento): readonly string[] {
	return memory.get<readonly string[]>(key) ?? [];
}
