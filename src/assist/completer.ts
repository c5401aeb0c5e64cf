/** Suggestions while somebody types: one decode at a time, the newest request wins, what was predicted is not asked again. */
import { CancelSource, type CancelToken, neverCancelled } from "#base/cancel";
import { type Answer, answer, type Completion, type CompletionPorts, finished, type Outcome } from "./complete.ts";
import { type CacheHit, CompletionCache } from "./completionCache.ts";
import { type Acceptance, confidenceOf, noAcceptance, thresholdFor, withOutcome } from "./confidence.ts";
import { silence } from "./silence.ts";
import { afterAcceptance, type CompletionSettings, type Prepared, prepare, type Situation } from "./situation.ts";
import { trimRest } from "./trim/pipeline.ts";

export class Completer {
	readonly cache = new CompletionCache();
	acceptance: Acceptance = noAcceptance;
	readonly #ports: CompletionPorts;
	#newest = 0;
	/** Resolves when all requests so far are done with the decoder. */
	#queue: Promise<unknown> = Promise.resolve();
	#running: CancelSource | undefined;

	constructor(ports: CompletionPorts) {
		this.#ports = ports;
	}

	/** The outcome for the newest situation; every request but the newest ends as "superseded" as soon as the decoder lets go. */
	async complete(situation: Situation, settings: CompletionSettings, cancel: CancelToken): Promise<Outcome> {
		const number = ++this.#newest;
		this.#running?.cancel();
		const prepared = prepare(situation, settings);
		if ("kind" in prepared) return prepared;
		const known = prepared.invoked && settings.alternatives > 1 ? undefined : this.#fromCache(situation, prepared);
		if (known !== undefined) return known;
		const turn = this.#queue.then(() => this.#ask(number, situation, prepared, settings, cancel));
		this.#queue = turn.catch(() => undefined);
		return turn;
	}

	/** Asks for what comes after a suggestion just taken, so that it is there when wanted. Any request ends it, and none waits for it. */
	async prefetch(
		situation: Situation,
		accepted: { readonly text: string; readonly replaces: number },
		settings: CompletionSettings,
	): Promise<void> {
		if (this.#running !== undefined) return;
		await this.complete(afterAcceptance(situation, accepted), settings, neverCancelled);
	}

	/** What became of a suggestion that was shown. */
	judged(taken: boolean): void {
		this.acceptance = withOutcome(this.acceptance, taken);
	}

	async #ask(
		number: number,
		situation: Situation,
		prepared: Prepared,
		settings: CompletionSettings,
		cancel: CancelToken,
	): Promise<Outcome> {
		if (number !== this.#newest) return silence("superseded");
		if (cancel.cancelled) return silence("cancelled");
		const own = new CancelSource();
		const either: CancelToken = {
			get cancelled() {
				return own.cancelled || cancel.cancelled;
			},
		};
		this.#running = own;
		try {
			const threshold = thresholdFor(this.acceptance, settings.threshold);
			const answered = await answer(
				situation,
				prepared,
				settings,
				this.#ports,
				settings.threshold === 0 ? 0 : threshold,
				either,
			);
			if (own.cancelled) return silence("superseded");
			this.#remember(situation, prepared, answered);
			return answered.outcome;
		} finally {
			this.#running = undefined;
		}
	}

	#remember(
		{ path }: Situation,
		{ place, suffix, extent }: Prepared,
		{ outcome, text, logProbabilities }: Answer,
	): void {
		if (outcome.kind !== "completion" || text === undefined || logProbabilities === undefined) return;
		this.cache.put({ ...{ path, prefix: place.prefix, suffix, text, extent, logProbabilities }, mode: outcome.mode });
	}

	#fromCache({ path }: Situation, prepared: Prepared): Completion | undefined {
		const hit = this.cache.find(path, prepared.place.prefix, prepared.suffix);
		return hit === undefined ? undefined : shownAgain(hit, prepared);
	}
}

/** What is left of a suggestion, fitted to what stands behind the cursor now; undefined if that leaves nothing. */
function shownAgain({ cached, rest }: CacheHit, prepared: Prepared): Completion | undefined {
	const shown = trimRest(rest, { place: prepared.place, extent: cached.extent, invoked: prepared.invoked });
	if (typeof shown === "string") return undefined;
	return {
		...{ kind: "completion", source: "cache", tokens: 0, confidence: confidenceOf(cached.logProbabilities) },
		...{ mode: cached.mode, extent: cached.extent.kind, alternatives: [], milliseconds: { prompt: 0, decode: 0 } },
		...finished(shown, prepared),
	};
}
