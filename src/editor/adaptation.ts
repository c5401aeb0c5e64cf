/** "Adapt to Workspace": what will be read is shown once, then a process of its own learns; the result is served if it helped. */
import { type Event, EventEmitter, l10n, type Memento, ProgressLocation, window, workspace } from "vscode";
import { AttuneError } from "#base/errors";
import type { Log } from "#base/log";
import { type AdaptParams, type AdaptPart, type AdaptResult, adapt } from "#protocol/learning";
import type { LiveRun } from "#protocol/learningPage";
import { keptFor, type Listing, listFiles } from "#protocol/workspace";
import type { Supervisor } from "#supervise/supervisor";
import { agree, hasAgreed } from "./agreement.ts";
import { askToAdapt } from "./askToAdapt.ts";
import { signalOf } from "./completions.ts";
import { KeptRun } from "./learning/keptRun.ts";
import { ended, restarted, startRun, withPart } from "./learning/liveRun.ts";
import { listingPage } from "./listing.ts";
import { isCancelled, type Notices, wordsOf } from "./notices.ts";
import type { Pages } from "./pages.ts";
import { progressWords } from "./progressWords.ts";
import type { Serving } from "./serving.ts";
import { adaptParams, workspaceRoots } from "./settings.ts";

export interface AdaptationPorts {
	readonly learner: Supervisor;
	readonly serving: Serving;
	readonly pages: Pages;
	readonly notices: Notices;
	readonly log: Log;
	/** Of the workspace. */
	readonly memory: Memento;
}

export interface Learning {
	readonly words: string;
	/** Of the whole run, roughly, 0 to 1; it never goes back. */
	readonly share: number;
}

/** Milliseconds in which a run that was cancelled has to come to its next step; a process that gets no processor time for that is ended. */
const cancelWithin = 15_000;
/** Times that a run whose process died goes on from its checkpoint by itself. */
const mostResumes = 2;

export class Adaptation {
	readonly #ports: AdaptationPorts;
	readonly #changed = new EventEmitter<void>();
	readonly #begun = new EventEmitter<void>();
	readonly #finished = new EventEmitter<AdaptResult>();
	readonly #kept: KeptRun;
	#learning: Learning | undefined;
	#live: LiveRun | null;
	#abort: AbortController | undefined;
	#disposed = false;

	constructor(ports: AdaptationPorts) {
		this.#ports = ports;
		this.#kept = new KeptRun(ports.memory);
		this.#live = this.#kept.interrupted();
	}

	get onChange(): Event<void> {
		return this.#changed.event;
	}

	/** A run begins, after whatever had to be asked. */
	get onBegin(): Event<void> {
		return this.#begun.event;
	}

	/** A run came to its end: its adapter is served if it was accepted. */
	get onFinished(): Event<AdaptResult> {
		return this.#finished.event;
	}

	/** What goes on now. */
	get learning(): Learning | undefined {
		return this.#learning;
	}

	/** The run that goes on, or the last one of this window; "interrupted": of the window before. */
	get live(): LiveRun | null {
		return this.#live;
	}

	/** A run that this window or the one before began did not come to its end. */
	get unfinished(): boolean {
		return this.#learning === undefined && this.#live !== null && this.#live.state !== "done";
	}

	/** Whether the user was not told yet of the run that the window before left unfinished; told by asking. */
	async tellsOfInterruption(): Promise<boolean> {
		return this.#live?.state === "interrupted" && (await this.#kept.tell(this.#live));
	}

	/** Resolves with the result; undefined where there is none: the run itself says why. */
	async run(resume: boolean): Promise<AdaptResult | undefined> {
		const { notices } = this.#ports;
		try {
			this.#check();
			if (resume && !(await this.#resumable())) {
				const label = l10n.t("Adapt to Workspace");
				notices.tell(l10n.t("no run was interrupted here."), [{ label, command: "attune.adapt" }]);
				return undefined;
			}
			if (!(await this.#agreed())) return undefined;
			this.#check();
		} catch (error) {
			notices.failed(error, [], true);
			return undefined;
		}
		this.#abort = new AbortController();
		const begun = startRun(Date.now());
		// Until the process tells its curves, those that were there are the run's.
		const live = resume && this.#live !== null ? { ...begun, now: this.#live.now } : begun;
		this.#become(live, { words: l10n.t("starting"), share: 0 });
		this.#begun.fire();
		await this.#kept.begin(live);
		return await this.#toItsEnd(adaptParams(workspaceRoots(), resume), this.#abort.signal);
	}

	/** The run that goes on stops at its next step, or at its last checkpoint where that takes too long; it can be resumed. */
	cancel(): void {
		const abort = this.#abort;
		if (abort === undefined || abort.signal.aborted) return;
		abort.abort();
		setTimeout(() => {
			if (this.#abort === abort) void this.#ports.learner.stop(0);
		}, cancelWithin);
	}

	/** Every file that would be read, and the others. Undefined: cancelled. */
	async list(): Promise<Listing | undefined> {
		const roots = workspaceRoots();
		const title = l10n.t("Attune looks at what there is to read");
		return await window.withProgress(
			{ location: ProgressLocation.Notification, title, cancellable: true },
			async (_, token) => {
				try {
					return await this.#ports.learner.call(listFiles, { roots }, signalOf(token));
				} catch (error) {
					if (isCancelled(error)) return undefined;
					throw error;
				}
			},
		);
	}

	async showListing(listing: Listing): Promise<void> {
		await this.#ports.pages.show(l10n.t("What Attune reads"), listingPage(listing, workspaceName()));
	}

	/** What was said of an earlier run. */
	forget(): void {
		if (this.#learning === undefined) this.#live = null;
	}

	dispose(): void {
		this.#disposed = true;
		this.#kept.leave();
		this.#changed.dispose();
		for (const emitter of [this.#begun, this.#finished]) emitter.dispose();
	}

	#check(): void {
		const refuse = (reason: string, remedy: string) => {
			throw new AttuneError("workspace", reason, { remedy });
		};
		if (!workspace.isTrusted)
			refuse(l10n.t("learning is off in Restricted Mode"), l10n.t("Trust this workspace first, if you do."));
		if (workspaceRoots().length === 0)
			refuse(l10n.t("no folder on this machine's disk is open"), l10n.t("Open a folder first."));
		if (this.#learning !== undefined) refuse(l10n.t("a run is learning already"), l10n.t("Wait for it, or cancel it."));
	}

	/** A run of this window or the one before that did not come to its end, or a checkpoint of any other. */
	async #resumable(): Promise<boolean> {
		if (this.unfinished) return true;
		return (await this.#ports.learner.call(keptFor, { roots: workspaceRoots() })).resumable;
	}

	/** Asked once per workspace and folder of it, with the list in sight. */
	async #agreed(): Promise<boolean> {
		const { memory } = this.#ports;
		const roots = workspaceRoots();
		if (hasAgreed(memory, roots)) return true;
		const listing = await this.list();
		if (listing === undefined) return false;
		await this.showListing(listing);
		if (!(await askToAdapt(listing))) return false;
		await agree(memory, roots);
		return true;
	}

	async #toItsEnd(params: AdaptParams, signal: AbortSignal): Promise<AdaptResult | undefined> {
		const { log } = this.#ports;
		try {
			const result = await this.#through(params, { signal, onPart: (part) => this.#hear(part) }, mostResumes);
			log.info(`learned in ${result.seconds.total.toFixed(0)} s: ${result.accepted ? "accepted" : "not taken"}`);
			await this.#serve(result);
			this.#end("done");
			this.#finished.fire(result);
			return result;
		} catch (error) {
			if (isCancelled(error) || signal.aborted) this.#end("stopped");
			else {
				const { message, remedy } = wordsOf(error);
				log.warn(`learning failed: ${message} ${remedy}`);
				this.#end("failed", `${message} ${remedy}`);
			}
			return undefined;
		} finally {
			this.#abort = undefined;
			// With its window a run is only interrupted.
			if (!this.#disposed) await this.#kept.end();
		}
	}

	#hear(part: AdaptPart): void {
		if (this.#live === null) return;
		const now = progressWords(part);
		const before = this.#learning ?? { words: "", share: 0 };
		this.#become(
			withPart(this.#live, part),
			now === undefined ? before : { words: now.words, share: Math.max(before.share, now.share ?? 0) },
		);
	}

	/** A process that dies is started again and goes on from its last checkpoint. */
	async #through(
		params: AdaptParams,
		options: { readonly signal: AbortSignal; readonly onPart: (part: AdaptPart) => void },
		resumes: number,
	): Promise<AdaptResult> {
		const { learner, log } = this.#ports;
		try {
			return await learner.callStream(adapt, params, options);
		} catch (error) {
			const died = error instanceof AttuneError && error.code === "process";
			if (!died || resumes === 0 || options.signal.aborted || learner.state.kind === "failed") throw error;
			log.warn("the learning process ended; the run goes on from its last checkpoint");
			if (this.#live !== null) this.#become(restarted(this.#live), this.#learning);
			return await this.#through({ ...params, resume: true }, options, resumes - 1);
		}
	}

	/** The adapter is kept in any case; why it is not served yet is told. */
	async #serve({ adapter }: AdaptResult): Promise<void> {
		const { serving, notices } = this.#ports;
		if (adapter !== null) await serving.useAdapter(adapter).catch((error) => notices.failed(error));
	}

	#end(state: "done" | "stopped" | "failed", problem = ""): void {
		if (this.#live !== null) this.#become(ended(this.#live, state, Date.now(), problem), undefined);
	}

	#become(live: LiveRun, learning: Learning | undefined): void {
		this.#live = live;
		if (live.state === "running" && !this.#disposed) this.#kept.becomes(live);
		this.#learning = learning;
		this.#changed.fire();
	}
}

function workspaceName(): string {
	return workspace.name ?? l10n.t("this workspace");
}
