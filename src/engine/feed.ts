import { setImmediate } from "node:timers/promises";
import { createNearDuplicates, sketchOf } from "#adapt/nearDuplicate";
import { createPolicy, type Policy } from "#adapt/policy/policy";
import type { FeedItem } from "#adapt/source";
import { type CancelToken, neverCancelled, throwIfCancelled } from "#base/cancel";
import { type FileSystem, nodeFileSystem } from "./feed/fileSystem.ts";
import { createReader, type Objection, type Reader, skipped } from "./feed/readFile.ts";
import { type Root, resolveRoots } from "./feed/roots.ts";
import { walk } from "./feed/walk.ts";
import { attuneHome, type Home, ownFolders } from "./home.ts";

export interface FeedOptions {
	readonly policy?: Policy;
	/** Leave out texts at least so similar to an earlier one (Jaccard, 0 to 1); false keeps all. Default 0.8. */
	readonly nearDuplicates?: number | false;
	readonly cancel?: CancelToken;
	readonly fileSystem?: FileSystem;
	/** Where Attune keeps things: never entered. Default: that of the environment. */
	readonly home?: Home;
}

/**
 * Every file below the roots as an item, used or skipped with a reason, in the byte order of their paths; a folder that is not
 * entered is one skipped item whose path ends in "/". Links are never followed. With several roots each path starts with its
 * root's name. A root that is a file is named on purpose: ignore files and guesses do not count for it, secrets and binaries do.
 * One file at a time is held. Nothing a file does ends the stream; a missing root throws a `workspace` error before the first
 * item, cancelling a `cancelled` one.
 */
export async function* feed(
	roots: readonly string[],
	options: FeedOptions = {},
): AsyncGenerator<FeedItem, void, undefined> {
	const {
		cancel = neverCancelled,
		fileSystem = nodeFileSystem,
		policy = createPolicy(),
		nearDuplicates = 0.8,
		home = attuneHome(),
	} = options;
	const readNamed = createReader(fileSystem, policy);
	const read = nearDuplicates === false ? readNamed : createReader(fileSystem, policy, notCopied(nearDuplicates));
	const own = ownFolders(home);
	let lastPause = performance.now();
	for (const root of resolveRoots(roots)) {
		const items = root.kind === "folder" ? walk(fileSystem, policy, read, root, own) : [explicitFile(readNamed, root)];
		for (const item of items) {
			throwIfCancelled(cancel);
			yield item;
			// Reading is synchronous: let timers, signals and messages in now and then.
			if (performance.now() - lastPause > 20) {
				await setImmediate();
				lastPause = performance.now();
			}
		}
	}
}

function explicitFile(read: Reader, root: Root): FeedItem {
	return read(
		{ absolute: root.absolute, path: root.prefix, judgedPath: root.absolute.replaceAll("\\", "/") },
		"explicit",
	);
}

function notCopied(threshold: number): Objection {
	const known = createNearDuplicates(threshold);
	return (path, utf8) => {
		const sketch = sketchOf(utf8);
		const earlier = known.find(sketch);
		if (earlier === undefined) {
			known.remember(path, sketch);
			return undefined;
		}
		const likeness = earlier.similarity === 1 ? "the same as" : `${(100 * earlier.similarity).toFixed(0)} % like`;
		return skipped(path, "nearDuplicate", `${likeness} ${earlier.path}`);
	};
}
