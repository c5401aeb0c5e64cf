/** Holds back whoever sends faster than the other side takes. */

/** Parts that may be on their way: the pipe between two processes would hold thousands. */
const most = 32;

export class SendWindow {
	#underWay = 0;
	#open = false;
	readonly #waiting: (() => void)[] = [];

	/** Resolves when one more part may go, in the order of the calls. */
	enter(): Promise<void> {
		if (!this.#open && (this.#underWay >= most || this.#waiting.length > 0))
			return new Promise((resolve) => this.#waiting.push(resolve));
		this.#underWay++;
		return Promise.resolve();
	}

	/** The other side is done with so many. */
	taken(parts: number): void {
		this.#underWay -= parts;
		this.#pass();
	}

	/** Nobody is there any more to take anything: nothing is held back. */
	open(): void {
		this.#open = true;
		this.#pass();
	}

	#pass(): void {
		while (this.#waiting.length > 0 && (this.#open || this.#underWay < most)) {
			this.#underWay++;
			this.#waiting.shift()?.();
		}
	}
}
