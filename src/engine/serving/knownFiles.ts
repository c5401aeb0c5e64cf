/** What the editor told about other files: open ones, and where the user was last. */

import type { KnownFile } from "#assist/context/gather";
import { forget, type RecentChunks, visit } from "#assist/context/recent";
import type { FileNews } from "#protocol/serving";

export class KnownFiles {
	readonly #files = new Map<string, KnownFile>();
	#recent: RecentChunks = [];
	#list: readonly KnownFile[] | undefined;

	get files(): readonly KnownFile[] {
		this.#list ??= [...this.#files.values()];
		return this.#list;
	}

	get recent(): RecentChunks {
		return this.#recent;
	}

	learn(news: readonly FileNews[]): void {
		for (const item of news) {
			if (item.kind === "file") this.#files.set(item.file.path, item.file);
			else {
				this.#files.delete(item.path);
				this.#recent = forget(this.#recent, item.path);
			}
		}
		this.#list = undefined;
	}

	/** A place in a file that is not known is not remembered. */
	visit(path: string, line: number): void {
		const file = this.#files.get(path);
		if (file !== undefined) this.#recent = visit(this.#recent, path, file.text, line);
	}
}
