/** The run that goes on, written down for the window after this one: a window can go at any time, and does not say so. */
import type { Memento } from "vscode";
import type { LiveRun } from "#protocol/learningPage";
import { ended } from "./liveRun.ts";

const key = "attune.learning";
const toldKey = "attune.learning.told";

export class KeptRun {
	readonly #memory: Memento;
	readonly #pauseMs: number;
	#newest: LiveRun | undefined;
	#timer: NodeJS.Timeout | undefined;

	/** `pauseMs`: between two writings. */
	constructor(memory: Memento, pauseMs = 2_000) {
		this.#memory = memory;
		this.#pauseMs = pauseMs;
	}

	/** What a window before left unfinished, with its curves as they were written last. */
	interrupted(): LiveRun | null {
		const run = this.#memory.get<LiveRun>(key);
		return run === undefined ? null : ended(run, "interrupted", run.startedMs);
	}

	/** Whether it is the first time that this one is told of: a notice that was closed does not come back. */
	async tell({ startedMs }: LiveRun): Promise<boolean> {
		if (this.#memory.get<number>(toldKey) === startedMs) return false;
		await this.#memory.update(toldKey, startedMs);
		return true;
	}

	async begin(run: LiveRun): Promise<void> {
		await this.#memory.update(key, run);
	}

	/** Written soon. */
	becomes(run: LiveRun): void {
		this.#newest = run;
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			void this.#memory.update(key, this.#newest);
		}, this.#pauseMs);
	}

	/** Nothing is left unfinished. */
	async end(): Promise<void> {
		this.leave();
		await this.#memory.update(key, undefined);
	}

	/** What was written stays. */
	leave(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
	}
}
