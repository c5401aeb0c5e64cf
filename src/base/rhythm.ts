/** How long to wait after a key before asking, from the user's own rhythm: in the midst of a burst nobody looks at a suggestion. */

export interface Rhythm {
	/** Milliseconds of the last key; undefined before the first. */
	readonly lastKey: number | undefined;
	/** Smoothed milliseconds between keys of a burst. */
	readonly interval: number;
}

export const noRhythm: Rhythm = { lastKey: undefined, interval: 150 };

/** Longer gaps are pauses for thought. */
const pause = 1000;
const weight = 0.2;

export function withKey({ lastKey, interval }: Rhythm, now: number): Rhythm {
	const gap = lastKey === undefined ? undefined : now - lastKey;
	if (gap === undefined || gap < 0 || gap > pause) return { lastKey: now, interval };
	return { lastKey: now, interval: interval + weight * (gap - interval) };
}

const shortest = 10;
const longest = 250;

/**
 * Milliseconds to wait. `answer` is how long an answer takes of late: where the model answers within the gap between two keys it is asked at
 * once, where it cannot the wait is what the next key most likely takes, so that answers thrown away are few.
 */
export function delayFor({ interval }: Rhythm, answer: number): number {
	const wait = answer < interval / 2 ? shortest : interval * 0.8;
	return Math.min(longest, Math.max(shortest, wait));
}
