/**
 * Whether other extensions suggest, too. The editor shows whoever answers first and cancels the rest, so a model on this machine would always
 * be in front of one far away. It names nobody: all there is to know is who was cancelled, and after how long.
 */

/** Of a language in which nobody is known: so long the first answers wait for somebody. */
const probe = 1_000;
const probes = 2;
/** Answers in a row that nobody else gave, until somebody who was there counts as gone; who was met only once may have been the Escape key. */
const forgottenAfter = 10;
/** Milliseconds after which an answer waits again: somebody may have come since, or was too slow at first. */
const again = 20 * 60_000;
const longest = 2_000;

interface Known {
	/** Milliseconds that the others took; undefined: nobody was met. */
	readonly took: number | undefined;
	/** Times that somebody was met since everybody counted as gone. */
	readonly met: number;
	/** Times in a row that nobody came, and when that was last. */
	readonly alone: number;
	readonly since: number;
}

const unknown: Known = { took: undefined, met: 0, alone: 0, since: 0 };

export class Neighbours {
	readonly #known = new Map<string, Known>();

	/** Milliseconds after the editor's request in which an answer in this language is left to others. */
	patience(language: string, now = performance.now()): number {
		const { took, met, alone, since } = this.#known.get(language) ?? unknown;
		if (alone >= (met > 1 ? forgottenAfter : probes) && now - since < again) return 0;
		return took === undefined ? probe : Math.min(longest, Math.max(probe / 2, 1.5 * took));
	}

	/** The editor took another's answer. */
	met(language: string, milliseconds: number): void {
		const { met, alone } = this.#known.get(language) ?? unknown;
		const gone = alone >= (met > 1 ? forgottenAfter : probes);
		this.#known.set(language, { took: milliseconds, met: gone ? 1 : met + 1, alone: 0, since: 0 });
	}

	/** Nobody came while an answer was held back. */
	missed(language: string, now = performance.now()): void {
		const known = this.#known.get(language) ?? unknown;
		this.#known.set(language, { ...known, alone: known.alone + 1, since: now });
	}

	/** Extensions came or went. */
	forget(): void {
		this.#known.clear();
	}
}
