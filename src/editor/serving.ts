/** The serving process as the editor sees it: started at the first request, with the workspace's model and adapter, and again when it dies. */
import { type Event, EventEmitter } from "vscode";
import { type AttuneError, describeError } from "#base/errors";
import type { Log } from "#base/log";
import type { CancelSignal } from "#protocol/connection";
import { type CompleteCall, complete, type ModelChoice, type Resident, useAdapter, useModel } from "#protocol/serving";
import { keptFor } from "#protocol/workspace";
import type { Supervisor, SupervisorState } from "#supervise/supervisor";

export type ServingState =
	| { readonly kind: "off" }
	| { readonly kind: "loading" }
	| { readonly kind: "ready"; readonly resident: Resident; readonly adapterProblem: string | undefined }
	| { readonly kind: "restarting" }
	| { readonly kind: "failed"; readonly error: AttuneError };

export interface ServingPorts {
	readonly supervisor: Supervisor;
	readonly choice: () => ModelChoice;
	readonly roots: () => readonly string[];
	readonly log: Log;
}

export class Serving {
	readonly supervisor: Supervisor;
	readonly #ports: ServingPorts;
	readonly #changed = new EventEmitter<ServingState>();
	readonly #loaded = new EventEmitter<void>();
	#state: ServingState = { kind: "off" };
	#ready: Promise<Resident> | undefined;
	#loads = 0;

	constructor(ports: ServingPorts) {
		this.#ports = ports;
		this.supervisor = ports.supervisor;
		this.supervisor.onState((state) => this.#follow(state));
	}

	get state(): ServingState {
		return this.#state;
	}

	get onState(): Event<ServingState> {
		return this.#changed.event;
	}

	/** A fresh process has its model: it knows of no file yet. */
	get onLoaded(): Event<void> {
		return this.#loaded.event;
	}

	/** Resolves when the model is there. What failed is not tried again until something changes: a key is no reason. */
	async ready(): Promise<Resident> {
		while (true) {
			this.#ready ??= this.#load();
			const load = this.#ready;
			try {
				const resident = await load;
				if (this.#ready === load) return this.#state.kind === "ready" ? this.#state.resident : resident;
			} catch (error) {
				if (this.#ready === load) throw error;
			}
			// Another process or another choice took its place: what became of that counts.
		}
	}

	async complete(call: CompleteCall, signal: CancelSignal) {
		await this.ready();
		return await this.supervisor.call(complete, call, signal);
	}

	/** Requests under way end with what they began with. Not in use: the next load takes it. */
	async useAdapter(folder: string | null): Promise<void> {
		if (this.#ready === undefined) return;
		// A load under way may have looked for an adapter before this one was kept.
		await this.ready().catch(() => {});
		if (this.#state.kind !== "ready") return;
		const turn = this.#loads;
		try {
			const resident = await this.supervisor.call(useAdapter, { folder });
			if (turn === this.#loads) this.#become({ kind: "ready", resident, adapterProblem: undefined });
		} catch (error) {
			// The process ended meanwhile: its next load takes the adapter.
			if ((error as AttuneError).code !== "process") throw error;
		}
	}

	/** Another model was chosen, or the folders are others: loaded now, with their adapter, if one is in use, else when it is needed. */
	async changed(): Promise<void> {
		const used = this.#ready !== undefined;
		this.#ready = undefined;
		if (used) await this.ready();
	}

	/** What is kept is kept elsewhere: a process looks where it lies when it starts. */
	async moved(): Promise<void> {
		if (this.#ready === undefined) await this.supervisor.stop();
		else await this.restart();
	}

	/** Ends the process, forgets its deaths, and loads anew. */
	async restart(): Promise<Resident> {
		this.#ready = this.supervisor.stop().then(() => {
			this.supervisor.reset();
			return this.#load();
		});
		return await this.ready();
	}

	async dispose(): Promise<void> {
		this.#changed.dispose();
		this.#loaded.dispose();
		await this.supervisor.dispose();
	}

	/** Only the newest one says what became of it. */
	async #load(): Promise<Resident> {
		const turn = ++this.#loads;
		this.#become({ kind: "loading" });
		const { supervisor, choice, roots, log } = this.#ports;
		try {
			let resident = await supervisor.call(useModel, choice());
			const { loadedInMs } = resident;
			const use = async (folder: string | null) => {
				resident = { ...(await supervisor.call(useAdapter, { folder })), loadedInMs };
			};
			const { adapter } = await supervisor.call(keptFor, { roots: roots() });
			// A model that stays keeps the adapter it has, which may be of folders that are gone.
			if (resident.adapter !== null) await use(null);
			let adapterProblem: string | undefined;
			if (adapter !== null && roots().length > 0) {
				try {
					await use(adapter);
				} catch (error) {
					// An adapter of another model, say: the base serves.
					adapterProblem = (error as AttuneError).message;
				}
			}
			if (turn !== this.#loads) return resident;
			log.info(`serving ${resident.model} after ${resident.loadedInMs.toFixed(0)} ms`);
			this.#become({ kind: "ready", resident, adapterProblem });
			this.#loaded.fire();
			return resident;
		} catch (error) {
			log.warn(`not serving: ${describeError(error)}`);
			if (turn === this.#loads && this.#state.kind === "loading")
				this.#become({ kind: "failed", error: error as AttuneError });
			throw error;
		}
	}

	#follow(state: SupervisorState): void {
		if (state.kind === "running") return;
		this.#ready = undefined;
		if (state.kind === "stopped") {
			this.#become({ kind: "off" });
			return;
		}
		this.#ports.log.warn(`the serving process ended (${state.death})`);
		if (state.kind === "restarting") this.#become({ kind: "restarting" });
		// It was in use: whoever types finds it loaded again, and the status bar says at once if it is not tried any more.
		queueMicrotask(() => this.ready().catch(() => {}));
	}

	#become(state: ServingState): void {
		this.#state = state;
		this.#changed.fire(state);
	}
}
