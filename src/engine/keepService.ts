/** Keep-learning in the learning process: it waits for whoever types, and gives way to a run that the user asked for. */
import { CancelSource } from "#base/cancel";
import type { Connection } from "#protocol/connection";
import { holdKeeping, keep } from "#protocol/keeping";
import { chooseDevice } from "./device.ts";
import type { Home } from "./home.ts";
import { keepWorkspace } from "./keepLearning.ts";
import type { Precedence } from "./precedence.ts";

/** To be called before `connection` listens. */
export function serveKeeping(connection: Connection, home: Home, precedence: Precedence): void {
	let held = false;
	const waiting = new Set<() => void>();
	const release = (): void => {
		for (const go of waiting) go();
		waiting.clear();
	};
	connection.onNotify(holdKeeping, (hold) => {
		held = hold;
		if (!hold) release();
	});
	connection.handleStream(keep, async ({ device, threads, ...params }, send, cancelled) => {
		// Who cancels waits for nobody.
		const cancel = new ReleasingSource(release);
		cancelled.onCancellationRequested(() => cancel.cancel());
		const pause = async (): Promise<void> => {
			while (held && !cancel.cancelled) await new Promise<void>((go) => waiting.add(go));
		};
		return await precedence.beside(cancel, async () => {
			const target = await chooseDevice(device, threads);
			const request = { ...params, model: params.model, target, home };
			return await keepWorkspace(request, { cancel, pause, onScore: (score) => void send(score) });
		});
	});
}

class ReleasingSource extends CancelSource {
	readonly #release: () => void;

	constructor(release: () => void) {
		super();
		this.#release = release;
	}

	override cancel(): void {
		super.cancel();
		this.#release();
	}
}
