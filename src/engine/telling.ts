/** What a run tells the editor on its way: often enough to watch, seldom enough to cost nothing. */
import type { LearningNow, Progress } from "#adapt/progress";
import type { Clock } from "#base/clock";
import type { AdaptPart } from "#protocol/learning";

/** Seconds between two parts of a kind. */
const pause = 0.2;

export class Telling {
	readonly #send: (part: AdaptPart) => void;
	readonly #clock: Clock;
	readonly #rssMiB: () => number;
	/** The newest of each kind that has not been told. */
	readonly #waiting = new Map<AdaptPart["kind"], AdaptPart>();
	readonly #told = new Map<AdaptPart["kind"], number>();
	#phase: Progress["phase"] | undefined;

	constructor(send: (part: AdaptPart) => void, clock: Clock, rssMiB: () => number) {
		this.#send = send;
		this.#clock = clock;
		this.#rssMiB = rssMiB;
	}

	/** Its first of a phase and its last are never left out. */
	progress(progress: Progress): void {
		const turning = progress.phase !== this.#phase || progress.done === progress.total;
		if (progress.phase !== this.#phase) this.flush();
		this.#phase = progress.phase;
		this.#tell({ kind: "progress", progress }, turning);
	}

	learning(now: LearningNow): void {
		this.#tell({ kind: "learning", now, rssMiB: this.#rssMiB() }, false);
	}

	/** Tells what waits. */
	flush(): void {
		for (const part of this.#waiting.values()) this.#send(part);
		this.#waiting.clear();
	}

	#tell(part: AdaptPart, atOnce: boolean): void {
		const now = this.#clock.seconds();
		if (!atOnce && now - (this.#told.get(part.kind) ?? Number.NEGATIVE_INFINITY) < pause) {
			this.#waiting.set(part.kind, part);
			return;
		}
		this.#told.set(part.kind, now);
		this.#waiting.delete(part.kind);
		this.#send(part);
	}
}
