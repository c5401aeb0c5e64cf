/** Keep-learning in the learning process: it waits for whoever types, and gives way to a run that the user asked for. */
import { setTimeout as sleep } from "node:timers/promises";
import { anyCancelled, CancelSource } from "#base/cancel";
import type { Connection } from "#protocol/connection";
import { holdKeeping, keep } from "#protocol/keeping";
import { chooseDevice } from "./device.ts";
import type { Home } from "./home.ts";
import { keepWorkspace } from "./keepLearning.ts";
import type { Precedence } from "./precedence.ts";

/** To be called before `connection` listens. */
export function serveKeeping(connection: Connection, home: Home, precedence: Precedence): void {
	let held = false;
	connection.onNotify(holdKeeping, (hold) => {
		held = hold;
	});
	connection.handleStream(keep, async ({ device, threads, ...params }, send, caller) => {
		const yielding = new CancelSource();
		const cancel = anyCancelled(caller, yielding);
		const pause = async (): Promise<void> => {
			while (held && !cancel.cancelled) await sleep(lookAgainMs);
		};
		return await precedence.beside(yielding, async () => {
			const target = await chooseDevice(device, threads);
			const request = { ...params, model: params.model, target, home };
			return await keepWorkspace(request, { cancel, pause, onScore: (score) => void send(score).catch(() => {}) });
		});
	});
}

/** Milliseconds between two looks at whether somebody types. */
const lookAgainMs = 100;
