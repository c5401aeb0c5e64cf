/** The workspace's runs as the editor sees them: read from the learning process, served by the serving process. */
import { type Event, EventEmitter } from "vscode";
import type { CallOptions } from "#protocol/connection";
import {
	deleteRun,
	type Example,
	type ExportParams,
	examplesOf,
	exportRun,
	type History,
	type KeptReport,
	listRuns,
	readRun,
	useRun,
} from "#protocol/history";
import type { Supervisor } from "#supervise/supervisor";
import type { Serving } from "../serving.ts";
import { modelChoice, workspaceRoots } from "../settings.ts";

export class Runs {
	readonly #learner: Supervisor;
	readonly #serving: Serving;
	readonly #changed = new EventEmitter<History>();
	#history: History | undefined;

	constructor(learner: Supervisor, serving: Serving) {
		this.#learner = learner;
		this.#serving = serving;
	}

	get onChange(): Event<History> {
		return this.#changed.event;
	}

	/** As it was read last. */
	get history(): History | undefined {
		return this.#history;
	}

	async list(): Promise<History> {
		return this.#become(await this.#learner.call(listRuns, { roots: workspaceRoots() }));
	}

	async read(id: string): Promise<KeptReport> {
		return await this.#learner.call(readRun, { roots: workspaceRoots(), id });
	}

	/** Served at once, for requests from now on; null: the base alone. */
	async use(id: string | null): Promise<void> {
		await this.#serve(await this.#learner.call(useRun, { roots: workspaceRoots(), id }));
	}

	async delete(id: string): Promise<void> {
		const served = this.#history?.served === id;
		const history = await this.#learner.call(deleteRun, { roots: workspaceRoots(), id });
		if (served) await this.#serve(history);
		else this.#become(history);
	}

	async export(
		params: Omit<ExportParams, "roots">,
		options: CallOptions<{ readonly done: number; readonly total: number }>,
	): Promise<{ readonly path: string; readonly bytes: number }> {
		return await this.#learner.callStream(exportRun, { ...params, roots: workspaceRoots() }, options);
	}

	async examples(id: string): Promise<readonly Example[]> {
		return await this.#learner.call(examplesOf, { roots: workspaceRoots(), id, threads: modelChoice().threads });
	}

	forget(): void {
		this.#history = undefined;
	}

	dispose(): void {
		this.#changed.dispose();
	}

	async #serve(history: History): Promise<void> {
		this.#become(history);
		await this.#serving.useAdapter(history.adapter);
	}

	#become(history: History): History {
		this.#history = history;
		this.#changed.fire(history);
		return history;
	}
}
