/** Time is passed in, so that tests own it. */
export interface Clock {
	/** Monotonic seconds. */
	seconds(): number;
	/** Wall-clock milliseconds since 1970. */
	now(): number;
}

declare const performance: { now(): number };

export const systemClock: Clock = {
	seconds: () => performance.now() / 1000,
	now: () => Date.now(),
};
