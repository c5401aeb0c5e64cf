/**
 * Whether other extensions suggest, too. The editor shows whoever answers first and cancels the rest, so a model on this machine would always
 * be in front of one far away. It names nobody: all there is to know is who was cancelled, and after how long.
 */

/** Of a language in which nobody is known: so long the first answers wait for somebody. */
const probe = 1_000;
const probes = 2;
/** Answers in a row that nobody else gave, until somebody who was there counts as gone. */
const forgottenAfter = 10;
/** Somebody may have come since, or was too slow at first: of so many answers that nobody else gave, one waits again. */
const again = 50;
const longest = 2_000;

interface Known {
	/** Milliseconds that the others took; undefined: nobody was met. */
	readonly took: number | undefined;
	/** Times in a row that nobody came. */
	readonly alone: number;
}

const unknown: Known = { took: undefined, alone: 0 };

export class Neighbours {
	readonly #known = new Map<string, Known>();

	/** Milliseconds after the editor's request in which an answer in this language is left to others. */
	patience(language: string): number {
		const { took, alone } = this.#known.get(language) ?? unknown;
		if (alone >= (took === undefined ? probes : forgottenAfter) && alone % again !== 0) return 0;
		return took === undefined ? probe : Math.min(longest, Math.max(probe / 2, 1.5 * took));
	}

	/** The editor took another's answer. */
	met(language: string, milliseconds: number): void {
		this.#known.set(language, { took: milliseconds, alone: 0 });
	}

	/** Nobody came before an answer was given. */
	missed(language: string): void {
		const known = this.#known.get(language) ?? unknown;
		this.#known.set(language, { ...known, alone: known.alone + 1 });
	}

	/** Extensions came or went. */
	forget(): void {
		this.#known.clear();
	}
}
