import { watch as watchPaths } from "chokidar";
import type { FeedItem } from "#adapt/source";
import { AttuneError } from "#base/errors";
import { errorCode } from "./feed/fileSystem.ts";
import { resolveRoots } from "./feed/roots.ts";
import { openWorkspacePolicy, type WorkspacePolicyOptions } from "./workspacePolicy.ts";

export interface WatchOptions extends WorkspacePolicyOptions {
	/** A file is read this long after its last change, in milliseconds. Default 300. */
	readonly quietMs?: number;
}

/** A live stream of files that are created or changed. One consumer at a time. */
export interface FileWatch extends AsyncIterable<FeedItem> {
	/** The file has changed, as someone else saw: an editor, for a folder that cannot be watched. */
	touch(path: string): void;
	/** Stops watching and ends the stream after the item under way. */
	close(): Promise<void>;
}

/**
 * Watches the roots from now on. Each file comes out once for a burst of changes, judged and read when it is asked for, so that
 * nothing piles up but names; used or skipped with a reason, as the feed would have it, near-copies apart. What is gone again by
 * then (an editor's temporary file) does not come out. Resolves when every folder is watched; throws `workspace` errors for a
 * missing root or one with more folders than the system can watch; the stream throws one if watching breaks later.
 */
export async function watchFiles(roots: readonly string[], options: WatchOptions = {}): Promise<FileWatch> {
	const { quietMs = 300 } = options;
	const workspace = openWorkspacePolicy(roots, options);
	const waiting = new Map<string, NodeJS.Timeout>();
	const due = new Set<string>();
	let failure: AttuneError | undefined;
	let closed = false;
	let wake = (): void => {};

	const watcher = watchPaths(
		resolveRoots(roots).map((root) => root.absolute),
		{
			ignoreInitial: true,
			followSymlinks: false,
			ignored: (path, stats) => stats?.isDirectory() === true && !workspace.enters(path),
		},
	);
	const touch = (path: string): void => {
		clearTimeout(waiting.get(path));
		const later = setTimeout(() => {
			waiting.delete(path);
			due.add(path);
			wake();
		}, quietMs);
		waiting.set(path, later);
	};
	const forget = (path: string): void => {
		clearTimeout(waiting.get(path));
		waiting.delete(path);
		due.delete(path);
	};
	watcher.on("add", touch).on("change", touch).on("unlink", forget);

	await new Promise<void>((resolve, reject) => {
		watcher.on("ready", resolve);
		watcher.on("error", (error) => {
			failure ??= brokenWatch(error);
			reject(failure);
			wake();
		});
	}).catch(async (error: unknown) => {
		await watcher.close();
		throw error;
	});

	async function* items(): AsyncGenerator<FeedItem, void, undefined> {
		while (!closed) {
			if (failure) throw failure;
			const [path] = due;
			if (path === undefined) {
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
				continue;
			}
			due.delete(path);
			const item = workspace.judge(path);
			if (item?.kind === "skipped" && item.skipped.reason === "changed") {
				// Written to at this moment: later. Gone: its removal has been or will be reported.
				if (item.skipped.detail === "while it was read") touch(path);
			} else if (item) yield item;
		}
	}

	return {
		[Symbol.asyncIterator]: items,
		touch,
		async close() {
			closed = true;
			for (const later of waiting.values()) clearTimeout(later);
			waiting.clear();
			wake();
			await watcher.close();
		},
	};
}

function brokenWatch(error: unknown): AttuneError {
	const code = errorCode(error);
	const full = code === "ENOSPC" || code === "EMFILE";
	return new AttuneError(
		"workspace",
		full ? "there are more folders than the system can watch" : `watching failed (${code})`,
		{
			remedy: full
				? "Raise the limit (on Linux fs.inotify.max_user_watches), or leave folders out with .attuneignore."
				: "Start watching again; without watching, run adapt after changes.",
			cause: error,
		},
	);
}
