/** The learning process's side of the contract: answers `adapt` and tells how it goes. */
import { setPriority } from "node:os";
import { anyCancelled, CancelSource, type CancelToken } from "#base/cancel";
import { systemClock } from "#base/clock";
import { shutdown } from "#protocol/calls";
import type { Connection } from "#protocol/connection";
import { type AdaptParams, type AdaptPart, type AdaptResult, adapt, endWatch, filesChanged } from "#protocol/learning";
import { adaptWorkspace } from "./adapt.ts";
import { chooseDevice } from "./device.ts";
import type { Home } from "./home.ts";
import type { Precedence } from "./precedence.ts";
import { Telling } from "./telling.ts";

/** The lowest that every system grants without asking: whoever types goes first. */
const lowPriority = 19;

/**
 * Serves `connection` until it closes. Learning happens in steps; between two of them calls are heard. Returns what ends the process in good
 * order: a run under way writes its checkpoint first, also where nobody listens any more.
 */
export function serveLearning(connection: Connection, home: Home, precedence: Precedence): () => void {
	setPriority(lowPriority);
	const changed = new Set<(path: string) => void>();
	const endings = new Set<() => void>();
	let running = 0;
	const closing = new CancelSource();
	connection.onNotify(filesChanged, (paths) => {
		for (const touch of changed) for (const path of paths) touch(path);
	});
	connection.onNotify(endWatch, () => {
		for (const end of endings) end();
	});
	const end = (): void => {
		if (running === 0) process.exit(0);
		closing.cancel();
	};
	connection.onNotify(shutdown, end);
	connection.handleStream(adapt, async (params, send, caller) => {
		running++;
		const stop = new Promise<void>((resolve) => endings.add(resolve));
		try {
			// Who asked may be gone: learning goes on to its next checkpoint all the same.
			const tell = (part: AdaptPart) => void send(part).catch(() => {});
			const cancel = anyCancelled(caller, closing);
			return await precedence.first(() => run(params, home, cancel, stop, tell, (touch) => changed.add(touch)));
		} finally {
			running--;
			changed.clear();
			endings.clear();
			// The answer goes out first.
			if (closing.cancelled && running === 0) setTimeout(() => process.exit(0), 50);
		}
	});
	connection.listen();
	return end;
}

async function run(
	{ device, threads, ...params }: AdaptParams,
	home: Home,
	cancel: CancelToken,
	stop: Promise<void>,
	tell: (part: AdaptPart) => void,
	watch: (touch: (path: string) => void) => void,
): Promise<AdaptResult> {
	const target = await chooseDevice(device, threads);
	const telling = new Telling(tell, systemClock, () => process.memoryUsage.rss() / 2 ** 20);
	const request = { ...params, model: params.model, out: params.out, target, home };
	const result = await adaptWorkspace(request, {
		cancel,
		stop,
		onModel: (model) => tell({ kind: "model", name: model.name, device: target.provider }),
		onWatching: (touch) => {
			watch(touch);
			tell({ kind: "watching" });
		},
		onEstimate: (estimate) => tell({ kind: "estimate", estimate }),
		onProgress: (progress) => telling.progress(progress),
		onLearning: (now) => telling.learning(now),
	});
	telling.flush();
	return result;
}
