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
	#asked: Asked | undefined;

	constructor(ports: CompletionPorts) {
		this.#ports = ports;
	}

	/** The outcome for the newest situation; every request but the newest ends as "superseded" as soon as the decoder lets go. */
	async complete(situation: Situation, settings: CompletionSettings, cancel: CancelToken): Promise<Outcome> {
		const prepared = prepare(situation, settings);
		const asked = this.#asked;
		if (asked !== undefined && !("kind" in prepared) && isSame(asked, situation, prepared, settings)) {
			asked.waiting.push(cancel);
			return asked.turn;
		}
		const number = ++this.#newest;
		asked?.own.cancel();
		if ("kind" in prepared) return prepared;
		const known = this.#fromCache(situation, prepared, settings);
		if (known !== undefined) return known;
		const [own, waiting] = [new CancelSource(), [cancel]];
		const ask = () => this.#ask(number, situation, prepared, settings, own, waiting);
		const turn = this.#queue.then(ask).finally(() => {
			if (this.#asked?.own === own) this.#asked = undefined;
		});
		this.#queue = turn.catch(() => undefined);
		this.#asked = { situation, prepared, settings, own, waiting, turn };
		return turn;
	}

	/** Whether `complete` answers this without the model: by a suggestion that is known, or by a reason to be silent. */
	knows(situation: Situation, settings: CompletionSettings): boolean {
		const prepared = prepare(situation, settings);
		return "kind" in prepared || this.#fromCache(situation, prepared, settings) !== undefined;
	}

	/** Asks for what comes after a suggestion just taken, so that it is there when wanted. Any request ends it, and none waits for it. */
	async prefetch(
		situation: Situation,
		accepted: { readonly text: string; readonly replaces: number },
		settings: CompletionSettings,
	): Promise<void> {
		if (this.#asked !== undefined) return;
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
		own: CancelSource,
		waiting: readonly CancelToken[],
	): Promise<Outcome> {
		if (number !== this.#newest) return silence("superseded");
		const cancel: CancelToken = {
			get cancelled() {
				return own.cancelled || waiting.every(({ cancelled }) => cancelled);
			},
		};
		if (cancel.cancelled) return silence("cancelled");
		const threshold = settings.threshold === 0 ? 0 : thresholdFor(this.acceptance, settings.threshold);
		const answered = await answer(situation, prepared, settings, this.#ports, threshold, cancel);
		if (own.cancelled) return silence("superseded");
		this.#remember(situation, prepared, answered);
		return answered.outcome;
	}

	#remember(
		{ path }: Situation,
		{ place, suffix, extent }: Prepared,
		{ outcome, text, logProbabilities }: Answer,
	): void {
		if (outcome.kind !== "completion" || text === undefined || logProbabilities === undefined) return;
		this.cache.put({ ...{ path, prefix: place.prefix, suffix, text, extent, logProbabilities }, mode: outcome.mode });
	}

	#fromCache({ path }: Situation, prepared: Prepared, settings: CompletionSettings): Completion | undefined {
		const { oneLine, alternatives } = settings;
		if (prepared.invoked && alternatives > 1) return undefined;
		const hit = this.cache.find(path, prepared.place.prefix, prepared.suffix);
		// It may be of the time before the user wanted one line alone.
		if (hit === undefined || (oneLine && hit.cached.extent.kind !== "line")) return undefined;
		return shownAgain(hit, prepared);
	}
}

/** A request on its way. */
interface Asked {
	readonly situation: Situation;
	readonly prepared: Prepared;
	readonly settings: CompletionSettings;
	readonly own: CancelSource;
	/** Who waits for it: it goes on until none does. */
	readonly waiting: CancelToken[];
	readonly turn: Promise<Outcome>;
}

/** Editors ask twice for one place, and ask for what is being fetched ahead. */
function isSame(asked: Asked, { path }: Situation, { place, invoked, chosen }: Prepared, settings: CompletionSettings) {
	const other = asked.prepared;
	return (
		!asked.own.cancelled &&
		// From another process each request brings a copy.
		JSON.stringify(asked.settings) === JSON.stringify(settings) &&
		asked.situation.path === path &&
		// What the editor asks by itself meanwhile must not end what the user asked for by hand.
		(other.invoked || !invoked) &&
		other.chosen === chosen &&
		other.place.prefix === place.prefix &&
		other.place.suffix === place.suffix
	);
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
