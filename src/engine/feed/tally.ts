import type { FeedItem, SkippedFile, SkipReason } from "#adapt/source";

/** What a feed has given so far: counts for reports and the list of what was left out. */
export interface FeedTally {
	/** Files and folders that were left out whole. */
	readonly seen: number;
	readonly used: number;
	/** UTF-8 bytes of the used files. */
	readonly bytes: number;
	readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
	readonly list: readonly SkippedFile[];
}

export interface TallyKeeper {
	add(item: FeedItem): void;
	/** A copy of the counts; the list is the keeper's own. */
	read(): FeedTally;
}

export function createTally(): TallyKeeper {
	const skipped: Partial<Record<SkipReason, number>> = {};
	const list: SkippedFile[] = [];
	let used = 0;
	let bytes = 0;
	return {
		add(item) {
			if (item.kind === "file") {
				used++;
				bytes += item.file.bytes;
				return;
			}
			list.push(item.skipped);
			skipped[item.skipped.reason] = (skipped[item.skipped.reason] ?? 0) + 1;
		},
		read: () => ({ seen: used + list.length, used, bytes, skipped: { ...skipped }, list }),
	};
}
