/** How much of the new value an average of times takes on. */
const newest = 0.5;
/** Milliseconds that always may pass at once: less would be spent on beginning anew. */
const least = 4;
/** Runs of fewer rows say little about what a row costs. */
const manyRows = 16;

/** Says how many sections of the layers go at once while a prompt is read: what takes no longer than a token, or than a new beginning is worth, so that a cancellation waits for no more. */
export class Pace {
	readonly #sections: number;
	/** Milliseconds of a token, and of a section for each row beside the first. */
	#token = 0;
	#row = Number.POSITIVE_INFINITY;

	constructor(sections: number) {
		this.#sections = Math.max(1, sections);
	}

	/** Sections of a run of `rows`, at least one. */
	sections(rows: number): number {
		const section = this.#first + (rows > 1 ? (rows - 1) * this.#row : 0);
		return Math.max(1, Math.min(this.#sections, Math.floor(Math.max(least, this.#token) / section)));
	}

	/** A run of `rows` through so many sections took `milliseconds`. */
	took(milliseconds: number, rows: number, sections: number): void {
		if (rows === 1 && sections === this.#sections) this.#token = average(this.#token, milliseconds);
		else if (rows >= manyRows)
			this.#row = average(this.#row, Math.max(0, milliseconds / sections - this.#first) / (rows - 1));
	}

	/** Milliseconds of a section of one row. */
	get #first(): number {
		return this.#token / this.#sections;
	}
}

function average(before: number, value: number): number {
	return before > 0 && before < Number.POSITIVE_INFINITY ? before + newest * (value - before) : value;
}
