/** Keep-learning: what changes in the workspace is learned when nobody types, in short runs of the learning process. */
import { type Event, EventEmitter, type Memento, type TextDocument, workspace } from "vscode";
import { AttuneError, describeError } from "#base/errors";
import type { Log } from "#base/log";
import { holdKeeping, type KeepResult, type KeepScore, keep } from "#protocol/keeping";
import type { Supervisor } from "#supervise/supervisor";
import { hasAgreed } from "../agreement.ts";
import { isCancelled, type Notices } from "../notices.ts";
import type { Serving } from "../serving.ts";
import { adaptParams, keepsLearning, onRootsChange, workspaceRoots } from "../settings.ts";
import { ChangedFiles } from "./changedFiles.ts";
import { type Power, powerOf } from "./power.ts";
import { type Dropped, type KeepingState, type Kept, type Pause, pauseOf, type Verdict } from "./state.ts";

export interface KeepingPorts {
	readonly learner: Supervisor;
	readonly serving: Serving;
	readonly adaptation: { readonly learning: unknown; readonly onChange: Event<void> };
	readonly notices: Notices;
	readonly log: Log;
	/** Of the workspace. */
	readonly memory: Memento;
}

/** Milliseconds without a key after which nobody types. */
const quiet = 3_000;
/** Milliseconds after which a battery, another learner or a process that died is looked at again. */
const again = 30_000;
/** Windows learned after which the result is judged: the exam takes longer than they do. */
const judgeAfter = 24;
/** Deaths of the process, one after the other, that end the trying. */
const mostDeaths = 3;

export class Keeping {
	/** Asked before each run, and now and then in one. */
	power: () => Promise<Power> = powerOf;
	readonly #ports: KeepingPorts;
	readonly #changed = new EventEmitter<void>();
	readonly #files: ChangedFiles;
	readonly #listeners;
	#state: KeepingState = { kind: "paused", reason: "off" };
	#score: KeepScore | undefined;
	#verdict: Verdict | undefined;
	#dropped: Dropped | undefined;
	#lastKey = Number.NEGATIVE_INFINITY;
	#running: AbortController | undefined;
	#timer: NodeJS.Timeout | undefined;
	#hold: NodeJS.Timeout | undefined;
	#wasAdapting = false;
	/** Looked at again once another adapter may be served, not at every change: that takes a process and the model. */
	#tooLarge = false;
	#deaths = 0;

	constructor(ports: KeepingPorts) {
		this.#ports = ports;
		this.#files = new ChangedFiles(() => this.consider());
		this.#listeners = [
			workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
				if (contentChanges.length > 0) this.#typed(document);
			}),
			workspace.onDidGrantWorkspaceTrust(() => this.consider()),
			onRootsChange(() => this.#elsewhere()),
			workspace.onDidChangeConfiguration(() => this.consider()),
			ports.adaptation.onChange(() => this.#adapting()),
		];
	}

	get onChange(): Event<void> {
		return this.#changed.event;
	}

	get kept(): Kept {
		return { state: this.#state, score: this.#score, verdict: this.#verdict, dropped: this.#dropped };
	}

	/** Learns if there is something to learn and nothing speaks against it. */
	consider(): void {
		clearTimeout(this.#timer);
		const reason = this.#reason();
		this.#files.follow(reason !== "off" && reason !== "restricted" && reason !== "noFolder");
		if (reason === "off" || reason === "restricted") this.#running?.abort();
		if (this.#running !== undefined) return;
		if (reason !== undefined) this.#pause(reason, reason === "typing" ? quiet : undefined);
		else if (this.#files.any) this.#run().catch((error) => this.#failed(error));
		else this.#rest();
	}

	dispose(): void {
		clearTimeout(this.#timer);
		clearTimeout(this.#hold);
		this.#running?.abort();
		this.#files.dispose();
		for (const listener of this.#listeners) listener.dispose();
		this.#changed.dispose();
	}

	#reason(): Pause | undefined {
		return pauseOf({
			enabled: keepsLearning(),
			trusted: workspace.isTrusted,
			folders: workspaceRoots().length,
			agreed: hasAgreed(this.#ports.memory, workspaceRoots()),
			adapting: this.#ports.adaptation.learning !== undefined,
			tooLarge: this.#tooLarge,
			typing: performance.now() - this.#lastKey < quiet,
		});
	}

	#typed({ uri }: TextDocument): void {
		if (uri.scheme !== "file") return;
		this.#lastKey = performance.now();
		if (this.#running === undefined) return;
		this.#ports.learner.tell(holdKeeping, true);
		this.#become({ kind: "paused", reason: "typing" });
		clearTimeout(this.#hold);
		this.#hold = setTimeout(() => this.#goOn(), quiet);
	}

	#goOn(): void {
		this.#ports.learner.tell(holdKeeping, false);
		if (this.#running !== undefined) this.#become({ kind: "learning" });
	}

	/** Other folders are another workspace: what is learned of the former ones is not served any more. */
	#elsewhere(): void {
		this.#running?.abort();
		this.#tooLarge = false;
		this.#files.all();
		this.consider();
	}

	/** What the user asked for goes first; when it has ended, another adapter may be served, and everything is looked at again. */
	#adapting(): void {
		const adapting = this.#ports.adaptation.learning !== undefined;
		if (adapting === this.#wasAdapting) return;
		this.#wasAdapting = adapting;
		this.#tooLarge = false;
		if (adapting) this.#running?.abort();
		else this.#files.all();
		this.consider();
	}

	async #run(): Promise<void> {
		const { learner } = this.#ports;
		const running = new AbortController();
		this.#running = running;
		let watch: NodeJS.Timeout | undefined;
		const files = this.#files.take();
		try {
			if ((await this.power()) === "battery") return this.#onBattery(files);
			if (running.signal.aborted) return this.#files.giveBack(files);
			this.#become({ kind: "learning" });
			watch = setInterval(() => void this.#checkPower(running), again);
			const onPart = (score: KeepScore) => this.#scored(score);
			const { roots, model, preset, device, threads, seed } = adaptParams(workspaceRoots(), false);
			const params = { roots, model, preset, device, threads, seed, files, judgeAfter };
			await this.#ended(await learner.callStream(keep, params, { signal: running.signal, onPart }));
		} catch (error) {
			this.#files.giveBack(files);
			throw error;
		} finally {
			clearInterval(watch);
			this.#running = undefined;
		}
	}

	async #checkPower(running: AbortController): Promise<void> {
		if ((await this.power()) === "battery") running.abort("battery");
	}

	#onBattery(files: readonly string[] | null): void {
		this.#files.giveBack(files);
		this.#pause("battery", again);
	}

	async #ended(result: KeepResult): Promise<void> {
		const { serving, log } = this.#ports;
		this.#deaths = 0;
		this.#tooLarge = result.kind === "tooLarge";
		if (result.kind !== "kept") return this.#pause(result.kind, undefined);
		this.#scored(result.score);
		if (result.startedOver !== null) this.#startedOver(result.startedOver);
		if (result.judged !== null) {
			const { accepted, overruled, verdict } = result.judged;
			this.#verdict = { accepted, overruled, words: verdict, at: Date.now() };
			log.info(`keep-learning was judged: ${accepted && !overruled ? "accepted" : "not taken"}`);
		}
		if (result.adapter !== null) await serving.useAdapter(result.adapter);
		// What changed meanwhile has its turn.
		this.#timer = setTimeout(() => this.consider(), 0);
	}

	#startedOver(reason: Dropped["reason"]): void {
		this.#dropped = { reason, at: Date.now() };
		this.#ports.log.info(`keep-learning started over: ${reason}`);
		// The lines are new again, wherever they stand.
		if (reason === "otherHoldOut") this.#files.all();
	}

	#failed(error: unknown): void {
		const { learner, log, notices } = this.#ports;
		const code = error instanceof AttuneError ? error.code : undefined;
		if (isCancelled(error)) {
			// Whoever ended it is the reason; nobody but the battery is none.
			if (this.#reason() === undefined) this.#pause("battery", again);
			else this.consider();
			return;
		}
		log.warn(`keep-learning stopped: ${describeError(error)}`);
		const died = code === "process" && learner.state.kind !== "failed" && ++this.#deaths < mostDeaths;
		if (code === "workspace") this.#pause("elsewhere", again);
		else if (died) this.#pause("failed", quiet);
		else {
			notices.failed(error);
			this.#pause("failed", undefined);
		}
	}

	#scored(score: KeepScore): void {
		this.#score = score;
		this.#changed.fire();
	}

	/** `retry`: milliseconds after which it is considered again; undefined: when something happens. */
	#pause(reason: Pause, retry: number | undefined): void {
		clearTimeout(this.#timer);
		this.#become({ kind: "paused", reason });
		if (retry !== undefined) this.#timer = setTimeout(() => this.consider(), retry);
	}

	/** A project that was too small is so until it changes. */
	#rest(): void {
		if (this.#state.kind !== "paused" || this.#state.reason !== "tooSmall") this.#become({ kind: "upToDate" });
	}

	#become(state: KeepingState): void {
		this.#state = state;
		this.#changed.fire();
	}
}
