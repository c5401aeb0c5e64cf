/** A project to look things up in: the policy's files, indexed once and followed change by change. */
import type { Piece } from "#assist/bm25";
import { type ContextItem, Retrieval } from "#assist/retrieval";
import type { CancelToken } from "#base/cancel";
import { absolutePath, resolveRoots } from "./feed/roots.ts";
import { feed } from "./feed.ts";
import type { Home } from "./home.ts";
import { openWorkspacePolicy, type WorkspacePolicy } from "./workspacePolicy.ts";

export class ChatContext {
	readonly #retrieval = new Retrieval();
	readonly #policy: WorkspacePolicy;
	readonly #roots: ReturnType<typeof resolveRoots>;
	#files = 0;

	/** Indexes every file that the policy allows. Throws AttuneError "workspace" for a missing root, "cancelled". */
	static async open(roots: readonly string[], home: Home, cancel: CancelToken): Promise<ChatContext> {
		const context = new ChatContext(roots, home);
		for await (const item of feed(roots, { nearDuplicates: false, cancel, home })) {
			if (item.kind !== "file") continue;
			context.#retrieval.set(item.file.path, item.file.text, item.file.language);
			context.#files++;
		}
		return context;
	}

	private constructor(roots: readonly string[], home: Home) {
		this.#policy = openWorkspacePolicy(roots, { home });
		this.#roots = resolveRoots(roots);
	}

	/** Files read at the beginning. */
	get files(): number {
		return this.#files;
	}

	/** A file was written, or is gone: looks at it anew. `unsaved`: as the editor has it. */
	update(absolute: string, unsaved?: Uint8Array): void {
		const item = this.#policy.judge(absolute, unsaved);
		if (item?.kind === "file") this.#retrieval.set(item.file.path, item.file.text, item.file.language);
		else if (item !== undefined) this.#retrieval.delete(item.skipped.path);
	}

	/** The parts of the project that fit the question best, as they are on the disk now. */
	find(question: string, limit: number, without?: Piece): readonly ContextItem[] {
		const items: ContextItem[] = [];
		for (const { path, from, to } of this.#retrieval.search(question, limit, without)) {
			const item = this.#policy.judge(absolutePath(this.#roots, path));
			// Gone, or not allowed any more.
			if (item?.kind !== "file") continue;
			const lines = item.file.text.split("\n").slice(from, to + 1);
			if (lines.length === 0) continue;
			const { language } = item.file;
			items.push({ path, lines: [from + 1, from + lines.length], text: lines.join("\n"), language });
		}
		return items;
	}
}
