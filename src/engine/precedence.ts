/** Who learns in this process: what the user asked for ends what goes on beside, and nothing goes on beside it. */
import type { CancelSource } from "#base/cancel";
import { AttuneError } from "#base/errors";

export class Precedence {
	#asked = 0;
	#beside: { readonly cancel: CancelSource; readonly ended: Promise<unknown> } | undefined;

	/** Runs `work` once what goes on beside has ended. */
	async first<T>(work: () => Promise<T>): Promise<T> {
		this.#asked++;
		try {
			this.#beside?.cancel.cancel();
			await this.#beside?.ended;
			return await work();
		} finally {
			this.#asked--;
		}
	}

	/** Runs `work`, which `cancel` ends; AttuneError "workspace" where something else learns already. */
	async beside<T>(cancel: CancelSource, work: () => Promise<T>): Promise<T> {
		if (this.#asked > 0 || this.#beside !== undefined)
			throw new AttuneError("workspace", "a run is learning already", { remedy: "Wait until it has ended." });
		const running = work();
		this.#beside = { cancel, ended: running.catch(() => undefined) };
		try {
			return await running;
		} finally {
			this.#beside = undefined;
		}
	}
}
