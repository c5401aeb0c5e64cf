/** The learning process's side of the contract: answers `adapt` and tells how it goes. */
import { setPriority } from "node:os";
import { CancelSource } from "#base/cancel";
import { systemClock } from "#base/clock";
import { type Connection, shutdown } from "#protocol/connection";
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
	const running = new Set<CancelSource>();
	connection.onNotify(filesChanged, (paths) => {
		for (const touch of changed) for (const path of paths) touch(path);
	});
	connection.onNotify(endWatch, () => {
		for (const end of endings) end();
	});
	let ending = false;
	const end = (): void => {
		ending = true;
		if (running.size === 0) process.exit(0);
		for (const source of running) source.cancel();
	};
	connection.onNotify(shutdown, end);
	connection.handleStream(adapt, async (params, send, cancel) => {
		const source = new CancelSource();
		cancel.onCancellationRequested(() => source.cancel());
		running.add(source);
		const stop = new Promise<void>((resolve) => endings.add(resolve));
		try {
			// Whoever asked may have gone.
			const tell = (part: AdaptPart) => void send(part).catch(() => {});
			return await precedence.first(() => run(params, home, source, stop, tell, (touch) => changed.add(touch)));
		} finally {
			running.delete(source);
			changed.clear();
			endings.clear();
			// The answer goes out first.
			if (ending && running.size === 0) setTimeout(() => process.exit(0), 50);
		}
	});
	connection.listen();
	return end;
}

async function run(
	{ device, threads, ...params }: AdaptParams,
	home: Home,
	cancel: CancelSource,
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
