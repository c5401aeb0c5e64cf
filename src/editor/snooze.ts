/** Quiet for a while, at the user's wish. */
import { type Event, EventEmitter } from "vscode";

export class Snooze {
	readonly #changed = new EventEmitter<void>();
	#until: number | undefined;
	#timer: NodeJS.Timeout | undefined;

	get onChange(): Event<void> {
		return this.#changed.event;
	}

	/** Wall-clock milliseconds; undefined: awake. */
	get until(): number | undefined {
		return this.#until;
	}

	/** 0 minutes: awake at once. */
	start(minutes: number): void {
		clearTimeout(this.#timer);
		this.#until = minutes > 0 ? Date.now() + minutes * 60_000 : undefined;
		if (minutes > 0) this.#timer = setTimeout(() => this.start(0), minutes * 60_000);
		this.#changed.fire();
	}

	dispose(): void {
		clearTimeout(this.#timer);
		this.#changed.dispose();
	}
}
