/** What became of suggestions, counted on this machine alone, in memory. */
import { medianOf } from "#base/median";

export interface Counts {
	/** Long enough to be read, or taken. */
	readonly shown: number;
	readonly accepted: number;
	/** Why nothing was shown, by the reason's name. */
	readonly silences: Readonly<Record<string, number>>;
	/** Median milliseconds from the request to the answer, of the last hundred suggestions; undefined before the first. */
	readonly medianMs: number | undefined;
}

const kept = 100;

export class Tally {
	readonly #silences: Record<string, number> = {};
	readonly #milliseconds: number[] = [];
	readonly #counted: () => void;
	#shown = 0;
	#accepted = 0;

	constructor(counted: () => void = () => {}) {
		this.#counted = counted;
	}

	get counts(): Counts {
		return {
			...{ shown: this.#shown, accepted: this.#accepted, silences: { ...this.#silences } },
			medianMs: medianOf(this.#milliseconds),
		};
	}

	/** A suggestion was ready. */
	answered(milliseconds: number): void {
		this.#milliseconds.push(milliseconds);
		if (this.#milliseconds.length > kept) this.#milliseconds.shift();
		this.#counted();
	}

	/** One was seen, or is known not to have been. */
	shown(change: 1 | -1): void {
		this.#shown += change;
		this.#counted();
	}

	accepted(): void {
		this.#accepted++;
		this.#counted();
	}

	silent(reason: string): void {
		this.#silences[reason] = (this.#silences[reason] ?? 0) + 1;
		this.#counted();
	}
}
