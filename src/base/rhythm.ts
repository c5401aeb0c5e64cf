/** How long to wait after a key before asking, from the user's own rhythm: in the midst of a burst nobody looks at a suggestion. */

export interface Rhythm {
	/** Milliseconds of the last key; undefined before the first. */
	readonly lastKey: number | undefined;
	/** Smoothed milliseconds between keys of a burst. */
	readonly interval: number;
	/** Smoothed milliseconds that the model works on a request, those given up for the next key's among them. */
	readonly work: number;
}

export const noRhythm: Rhythm = { lastKey: undefined, interval: 150, work: 60 };

/** Longer gaps are pauses for thought. */
const pause = 1000;
const weight = 0.2;

export function withKey(rhythm: Rhythm, now: number): Rhythm {
	const { lastKey, interval } = rhythm;
	const gap = lastKey === undefined ? undefined : now - lastKey;
	if (gap === undefined || gap < 0 || gap > pause) return { ...rhythm, lastKey: now };
	return { ...rhythm, lastKey: now, interval: interval + weight * (gap - interval) };
}

export function withWork(rhythm: Rhythm, milliseconds: number): Rhythm {
	return { ...rhythm, work: rhythm.work + weight * (milliseconds - rhythm.work) };
}

const longest = 250;
/** Of the time between keys, that the model may work in. */
const busiest = 0.5;

/**
 * Milliseconds to wait. Where asking at each key keeps a core busy for less than half of the time the model is asked at once; where it would not,
 * the wait is what the next key most likely takes, so that answers thrown away are few.
 */
export function delayFor({ interval, work }: Rhythm): number {
	return work < busiest * interval ? 0 : Math.min(longest, 0.8 * interval);
}
