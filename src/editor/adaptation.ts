/** "Adapt to Workspace": what will be read is shown once, then a process of its own learns; the result is reported, and served if it helped. */
import { type Event, EventEmitter, l10n, type Memento, ProgressLocation, window, workspace } from "vscode";
import { AttuneError } from "#base/errors";
import type { Log } from "#base/log";
import { type AdaptParams, type AdaptPart, type AdaptResult, adapt } from "#protocol/learning";
import { type Listing, listFiles } from "#protocol/workspace";
import type { Supervisor } from "#supervise/supervisor";
import { agree, hasAgreed } from "./agreement.ts";
import { askToAdapt } from "./askToAdapt.ts";
import { signalOf } from "./completions.ts";
import { listingPage } from "./listing.ts";
import { isCancelled, type Notices } from "./notices.ts";
import type { Pages } from "./pages.ts";
import { progressWords } from "./progressWords.ts";
import { reportPage } from "./report.ts";
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

/** Times that a run whose process died goes on from its checkpoint by itself. */
const mostResumes = 2;
const reportKey = "attune.report";

export class Adaptation {
	readonly #ports: AdaptationPorts;
	readonly #changed = new EventEmitter<void>();
	#learning: Learning | undefined;

	constructor(ports: AdaptationPorts) {
		this.#ports = ports;
	}

	get onChange(): Event<void> {
		return this.#changed.event;
	}

	/** What goes on now. */
	get learning(): Learning | undefined {
		return this.#learning;
	}

	/** Resolves with the result; undefined where there is none, and the user has been told why. */
	async run(resume: boolean): Promise<AdaptResult | undefined> {
		const { notices } = this.#ports;
		const again = { label: l10n.t("Resume"), command: "attune.resume" };
		try {
			this.#check();
			if (!resume && !(await this.#agreed())) return undefined;
			const result = await this.#learn(adaptParams(workspaceRoots(), resume));
			await this.#finish(result);
			return result;
		} catch (error) {
			if (isCancelled(error)) notices.tell(l10n.t("Learning was stopped; what was learned is kept."), [again]);
			else notices.failed(error, this.#started ? [again] : [], true);
			return undefined;
		} finally {
			this.#become(undefined);
		}
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

	/** The last run's report; false if there was none. */
	async showReport(): Promise<boolean> {
		const report = this.#ports.memory.get<string>(reportKey);
		if (report !== undefined) await this.#ports.pages.show(reportName(), report);
		return report !== undefined;
	}

	dispose(): void {
		this.#changed.dispose();
	}

	get #started(): boolean {
		return this.#learning !== undefined;
	}

	#check(): void {
		const refuse = (reason: string, remedy: string) => {
			throw new AttuneError("workspace", reason, { remedy });
		};
		if (!workspace.isTrusted)
			refuse(l10n.t("learning is off in Restricted Mode"), l10n.t("Trust this workspace first, if you do."));
		if (workspaceRoots().length === 0)
			refuse(l10n.t("no folder on this machine's disk is open"), l10n.t("Open a folder first."));
		if (this.#learning !== undefined)
			refuse(l10n.t("a run is learning already"), l10n.t("Wait for it, or cancel it in its notification."));
	}

	/** Asked once per workspace, with the list to look at. */
	async #agreed(): Promise<boolean> {
		const { memory } = this.#ports;
		if (hasAgreed(memory)) return true;
		const listing = await this.list();
		if (listing === undefined || !(await askToAdapt(listing, () => this.showListing(listing)))) return false;
		await agree(memory);
		return true;
	}

	async #learn(params: AdaptParams): Promise<AdaptResult> {
		const title = l10n.t("Attune learns {0}", workspaceName());
		return await window.withProgress(
			{ location: ProgressLocation.Notification, title, cancellable: true },
			async (progress, token) => {
				const onPart = (part: AdaptPart) => {
					const now = progressWords(part);
					if (now === undefined) return;
					const before = this.#learning?.share ?? 0;
					const share = Math.max(before, now.share ?? 0);
					this.#become({ words: now.words, share });
					progress.report({ message: now.words, increment: 100 * (share - before) });
				};
				this.#become({ words: l10n.t("starting"), share: 0 });
				return await this.#through(params, { signal: signalOf(token), onPart }, mostResumes);
			},
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
			return await this.#through({ ...params, resume: true }, options, resumes - 1);
		}
	}

	async #finish(result: AdaptResult): Promise<void> {
		const { serving, pages, memory, notices, log } = this.#ports;
		log.info(`learned in ${result.seconds.total.toFixed(0)} s: ${result.accepted ? "accepted" : "not taken"}`);
		const report = reportPage(result, workspaceName());
		await memory.update(reportKey, report);
		if (result.adapter !== null) await serving.useAdapter(result.adapter).catch((error) => notices.failed(error));
		await pages.show(reportName(), report);
	}

	#become(learning: Learning | undefined): void {
		this.#learning = learning;
		this.#changed.fire();
	}
}

function workspaceName(): string {
	return workspace.name ?? l10n.t("this workspace");
}

function reportName(): string {
	return l10n.t("What Attune learned");
}
