/** What is known of the chosen model, also before it is loaded: as it was when it served last. */
import { type Event, EventEmitter, type Memento } from "vscode";
import type { PageModel } from "#protocol/chatPage";
import type { Resident } from "#protocol/serving";
import type { Serving } from "../serving.ts";
import { modelChoice } from "../settings.ts";

export type ModelFacts = Pick<Resident, "model" | "context" | "converses">;

const key = "attune.modelFacts";

export class ChatModel {
	readonly #serving: Serving;
	readonly #memory: Memento;
	readonly #changed = new EventEmitter<void>();
	readonly #listener;

	constructor(serving: Serving, memory: Memento) {
		this.#serving = serving;
		this.#memory = memory;
		this.#listener = serving.onState((state) => {
			if (state.kind === "ready") this.#remember(state.resident);
			this.#changed.fire();
		});
	}

	get onChange(): Event<void> {
		return this.#changed.event;
	}

	/** undefined: this model was never loaded here. Nothing is started to find out. */
	get facts(): ModelFacts | undefined {
		const { state } = this.#serving;
		if (state.kind === "ready") return state.resident;
		return this.#memory.get<Record<string, ModelFacts>>(key, {})[nameOfChoice()];
	}

	get forPage(): PageModel {
		const { state } = this.#serving;
		// The one that comes with Attune is small.
		const converses = this.facts?.converses ?? (modelChoice().model === undefined ? false : undefined);
		return {
			...{ name: this.facts?.model ?? "", converses },
			state: state.kind === "restarting" ? "loading" : state.kind,
			adapted: state.kind === "ready" && state.resident.adapter !== null,
		};
	}

	dispose(): void {
		this.#listener.dispose();
		this.#changed.dispose();
	}

	#remember({ model, context, converses }: Resident): void {
		const known = this.#memory.get<Record<string, ModelFacts>>(key, {});
		const old = known[nameOfChoice()];
		if (old?.model === model && old.context === context && old.converses === converses) return;
		// The newest few are enough.
		const others = Object.entries(known).filter(([name]) => name !== nameOfChoice());
		const kept = Object.fromEntries([...others.slice(-9), [nameOfChoice(), { model, context, converses }]]);
		this.#memory.update(key, kept).then(undefined, () => {});
	}
}

function nameOfChoice(): string {
	return modelChoice().model ?? "";
}
