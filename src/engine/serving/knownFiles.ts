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

	/** Those that were told, and of `others` those that were not. */
	with(others: readonly KnownFile[]): readonly KnownFile[] {
		return [...this.files, ...others.filter(({ path }) => !this.#files.has(path))];
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

	/** A place in a file that is not known is not remembered. Returns the file. */
	visit(path: string, line: number): KnownFile | undefined {
		const file = this.#files.get(path);
		if (file !== undefined) this.#recent = visit(this.#recent, path, file.text, line);
		return file;
	}
}
