import { AttuneError } from "./errors.ts";

/** Asked between bounded steps; nothing is interrupted in the middle of one. */
export interface CancelToken {
	readonly cancelled: boolean;
}

export class CancelSource implements CancelToken {
	#cancelled = false;

	get cancelled(): boolean {
		return this.#cancelled;
	}

	cancel(): void {
		this.#cancelled = true;
	}
}

/** Cancelled as soon as any of them is. */
export function anyCancelled(...tokens: readonly CancelToken[]): CancelToken {
	return {
		get cancelled() {
			return tokens.some(({ cancelled }) => cancelled);
		},
	};
}

export const neverCancelled: CancelToken = { cancelled: false };

export function throwIfCancelled(token: CancelToken): void {
	if (token.cancelled) throw new AttuneError("cancelled", "cancelled", { remedy: "Start it again to continue." });
}
