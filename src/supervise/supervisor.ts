/** Keeps one child process alive: starts it when it is needed, again when it dies or falls silent, and gives up visibly. */
import { AttuneError } from "#base/errors";
import { type Call, type Notice, ping, type StreamedCall } from "#protocol/calls";
import type { CallOptions, CancelSignal } from "#protocol/connection";
import type { Child, ChildEnd } from "./child.ts";

export interface SupervisorOptions {
	readonly start: () => Child | Promise<Child>;
	/** What the process is to whoever uses it, and what helps once it has died too often: both are shown. */
	readonly name?: string;
	readonly remedy?: string;
	/** Milliseconds to wait before each restart; as many deaths as it has numbers, and one more, end the trying. */
	readonly backOff?: readonly number[];
	/** Milliseconds of life after which earlier deaths are forgotten. */
	readonly healthyAfter?: number;
	/** A ping goes out every `every` milliseconds; a process that has not answered after `within` is killed. */
	readonly heartbeat?: { readonly every: number; readonly within: number };
	/** Milliseconds without a call after which the process is ended, to be started again by the next call. */
	readonly idleAfter?: number;
	/** Milliseconds that it has to end in good order when it is ended for good; then it is killed. */
	readonly leaveWithin?: number;
}

export type SupervisorState =
	| { readonly kind: "stopped" }
	| { readonly kind: "running"; readonly pid: number | undefined }
	| { readonly kind: "restarting"; readonly death: ChildEnd; readonly inMs: number }
	| { readonly kind: "failed"; readonly death: ChildEnd };

const told = {
	name: "the model's process",
	remedy: "Try again with `Attune: Restart`; if it keeps failing, choose a smaller model or the device `cpu`.",
};

export class Supervisor {
	readonly #options: Required<SupervisorOptions>;
	readonly #listeners = new Set<(state: SupervisorState) => void>();
	#state: SupervisorState = { kind: "stopped" };
	#child: Child | undefined;
	#launching: Promise<void> | undefined;
	#restart: Promise<void> | undefined;
	#deaths = 0;
	#calls = 0;
	#idle: NodeJS.Timeout | undefined;
	#disposed = false;

	constructor(options: SupervisorOptions) {
		const heartbeat = { every: 5_000, within: 30_000 };
		const pauses = { backOff: [250, 2_000], healthyAfter: 60_000, idleAfter: 0, leaveWithin: 5_000 };
		this.#options = { ...told, ...pauses, heartbeat, ...options };
	}

	get state(): SupervisorState {
		return this.#state;
	}

	/** Hears every change of state, until the returned function is called. */
	onState(listener: (state: SupervisorState) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Calls the process, starting it if need be. A call whose process dies is rejected with code "process", never repeated. */
	async call<Params, Result>(type: Call<Params, Result>, params: Params, signal?: CancelSignal): Promise<Result> {
		return await this.#during((child) => child.connection.call(type, params, signal));
	}

	async callStream<Params, Part, Result>(
		type: StreamedCall<Params, Part, Result>,
		params: Params,
		options: CallOptions<Part>,
	): Promise<Result> {
		return await this.#during((child) => child.connection.callStream(type, params, options));
	}

	/** Tells the process, if it runs; a process that is started later is not told. */
	tell<Params>(type: Notice<Params>, params: Params): void {
		this.#child?.connection.notify(type, params).catch(() => {});
	}

	/** Forgets earlier deaths, so that the next call tries again. */
	reset(): void {
		this.#deaths = 0;
		if (this.#state.kind === "failed") this.#become({ kind: "stopped" });
	}

	/** Ends the process in good order; a later call starts it again. */
	async stop(patienceMs = 5_000): Promise<void> {
		// What is on its way is ended, too.
		if (this.#launching !== undefined) await this.#launching.catch(() => {});
		const child = this.#child;
		this.#child = undefined;
		clearTimeout(this.#idle);
		if (child === undefined) return;
		this.#become({ kind: "stopped" });
		await child.stop(patienceMs);
	}

	/** Ends the process for good. */
	async dispose(): Promise<void> {
		this.#disposed = true;
		await this.stop(this.#options.leaveWithin);
	}

	async #during<Result>(work: (child: Child) => Promise<Result>): Promise<Result> {
		clearTimeout(this.#idle);
		this.#calls++;
		try {
			return await work(await this.#running());
		} finally {
			if (--this.#calls === 0) this.#waitForIdleness();
		}
	}

	#waitForIdleness(): void {
		const { idleAfter } = this.#options;
		if (idleAfter > 0) this.#idle = setTimeout(() => void this.stop(), idleAfter).unref();
	}

	async #running(): Promise<Child> {
		while (true) {
			if (this.#disposed) throw new AttuneError("process", "Attune is closing", { remedy: "Open the window again." });
			if (this.#child !== undefined) return this.#child;
			if (this.#state.kind === "failed") throw this.#gaveUp(this.#state.death);
			await (this.#restart ?? this.#launch());
		}
	}

	/** One at a time. */
	#launch(): Promise<void> {
		this.#launching ??= this.#started().finally(() => {
			this.#launching = undefined;
		});
		return this.#launching;
	}

	async #started(): Promise<void> {
		const starting = this.#options.start();
		// One that is there at once is the process from now on, for whatever follows.
		const child = starting instanceof Promise ? await starting : starting;
		this.#child = child;
		this.#become({ kind: "running", pid: child.pid });
		child.connection.listen();
		const started = performance.now();
		const stopBeating = beat(child, this.#options.heartbeat);
		child.ended.then((death) => {
			stopBeating();
			if (this.#child !== child) return;
			this.#child = undefined;
			this.#died(death, performance.now() - started);
		});
	}

	#died(death: ChildEnd, lived: number): void {
		if (lived >= this.#options.healthyAfter) this.#deaths = 0;
		const inMs = this.#options.backOff[this.#deaths++];
		if (inMs === undefined) {
			this.#become({ kind: "failed", death });
			return;
		}
		this.#become({ kind: "restarting", death, inMs });
		this.#restart = new Promise((resolve) => {
			setTimeout(() => {
				this.#restart = undefined;
				// Why it cannot be started is told to the call that tries next.
				if (!this.#disposed && this.#child === undefined) this.#launch().catch(() => {});
				resolve();
			}, inMs);
		});
	}

	#gaveUp(death: ChildEnd): AttuneError {
		const { name, remedy } = this.#options;
		return new AttuneError("process", `${name} ended again and again (${death})`, { remedy });
	}

	#become(state: SupervisorState): void {
		this.#state = state;
		for (const listener of this.#listeners) listener(state);
	}
}

/** Pings `child` until the returned function is called; kills it when it stays silent. */
function beat(child: Child, { every, within }: { readonly every: number; readonly within: number }): () => void {
	let waiting: NodeJS.Timeout | undefined;
	const timer = setInterval(() => {
		if (waiting !== undefined) return;
		waiting = setTimeout(() => child.kill(), within);
		child.connection.call(ping, null).then(
			() => {
				clearTimeout(waiting);
				waiting = undefined;
			},
			() => {},
		);
	}, every).unref();
	return () => {
		clearInterval(timer);
		clearTimeout(waiting);
	};
}
