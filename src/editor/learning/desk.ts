/** What is asked for on the page about learning, and what it is shown. */
import { commands, l10n, window, workspace } from "vscode";
import { messageOf } from "#base/errors";
import type { AdaptResult } from "#protocol/learning";
import type { Examples, FromPage, PagePart, ShownReport } from "#protocol/learningPage";
import type { Adaptation } from "../adaptation.ts";
import { allReasons } from "../listing.ts";
import type { Shared } from "../shared.ts";
import { exportAdapter } from "./exporting.ts";
import { openNamed } from "./openNamed.ts";
import { LearningPage } from "./page.ts";
import { Runs } from "./runs.ts";

/** Named on the page: it is no inventory of a disk. */
const mostSkipped = 1_000;

export class LearningDesk {
	readonly page: LearningPage;
	readonly runs: Runs;
	readonly #shared: Shared;
	readonly #adaptation: Adaptation;
	#report: ShownReport | undefined;

	constructor(shared: Shared, adaptation: Adaptation) {
		this.#shared = shared;
		this.#adaptation = adaptation;
		this.runs = new Runs(shared.learner, shared.serving);
		this.page = new LearningPage(
			shared.context.extensionUri,
			(message) => void this.#guarded(() => this.#hear(message)),
		);
		shared.own(
			...[this.runs, this.page],
			adaptation.onChange(() => this.page.postLive(adaptation.live)),
			adaptation.onFinished((result) => void this.#guarded(() => this.#finished(result))),
			this.runs.onChange((history) => this.page.post({ kind: "history", history })),
		);
	}

	/** False: there is no run to report of. */
	async showReport(): Promise<boolean> {
		const newest = this.#report ?? (await this.#newest());
		if (newest === undefined) return false;
		this.page.open("report");
		if (this.#report === undefined) this.#show(newest);
		return true;
	}

	open(part: PagePart): void {
		this.page.open(part);
	}

	/** All that is kept was deleted. */
	forget(): void {
		this.#report = undefined;
		this.runs.forget();
		this.page.close();
	}

	async #hear(message: FromPage): Promise<void> {
		const { runs } = this;
		switch (message.kind) {
			case "ready":
				return await this.#greet();
			case "cancel":
				return this.#adaptation.cancel();
			case "adapt":
			case "resume":
			case "showFiles":
				return void (await commands.executeCommand(`attune.${message.kind}`));
			case "switchOff":
				return await runs.use(null);
			case "use":
				return await runs.use(message.id);
			case "delete":
				return await this.#delete(message.id);
			case "export":
				return await exportAdapter(message.id, runs);
			case "open":
				this.#show(await runs.read(message.id));
				return this.page.post({ kind: "show", part: "report" });
			case "makeExamples":
				return await this.#makeExamples();
			case "openFile":
				return await openNamed(message.path, message.line);
		}
	}

	/** All that a page needs which was just loaded. */
	async #greet(): Promise<void> {
		this.page.post({ kind: "about", workspace: workspace.name ?? "", reasons: allReasons() });
		this.page.post({ kind: "live", live: this.#adaptation.live });
		if (this.#report !== undefined) this.page.post({ kind: "report", report: this.#report });
		const known = this.runs.history;
		if (known !== undefined) this.page.post({ kind: "history", history: known });
		else await this.runs.list();
		if (this.#report === undefined) {
			const newest = await this.#newest();
			if (newest !== undefined) this.#show(newest);
		}
	}

	async #newest(): Promise<ShownReport | undefined> {
		const [newest] = (this.runs.history ?? (await this.runs.list())).runs;
		return newest === undefined ? undefined : await this.runs.read(newest.id);
	}

	async #finished({ adapter: _, run, ...result }: AdaptResult): Promise<void> {
		const wasVisible = this.page.visible;
		const skippedFiles = result.skippedFiles.slice(0, mostSkipped);
		this.#show({ ...result, id: run, endedMs: Date.now(), skippedFiles, skippedInAll: result.skippedFiles.length });
		await this.runs.list();
		// It is in sight already: to reveal it would take the keys from whoever types beside it.
		if (wasVisible) this.page.post({ kind: "show", part: "report" });
		else {
			const words = result.accepted
				? l10n.t("this workspace was learned, and suggestions are written with it.")
				: l10n.t("this workspace was learned, but it did not help: nothing changes.");
			this.#shared.notices.tell(words, [{ label: l10n.t("Show Report"), command: "attune.showReport" }]);
		}
		if (run !== null && wasVisible) await this.#makeExamples();
	}

	#show(report: ShownReport): void {
		this.#report = report;
		this.page.post({ kind: "report", report });
		this.#tellExamples({ kind: "none" });
	}

	async #makeExamples(): Promise<void> {
		const id = this.#report?.id;
		if (id === undefined || id === null) return;
		const tell = (examples: Examples) => {
			// Another report may be looked at by now.
			if (this.#report?.id === id) this.#tellExamples(examples);
		};
		tell({ kind: "making" });
		try {
			tell({ kind: "made", examples: await this.runs.examples(id) });
		} catch (error) {
			tell({ kind: "failed", problem: messageOf(error) });
		}
	}

	async #delete(id: string): Promise<void> {
		const served = this.runs.history?.served === id;
		const gone = l10n.t("Delete");
		const detail = served
			? l10n.t("Its adapter is in use. Suggestions will be written by the base model alone.")
			: l10n.t("Its report and its adapter cannot be brought back.");
		const question = l10n.t("Delete this run?");
		if ((await window.showWarningMessage(question, { modal: true, detail }, gone)) !== gone) return;
		await this.runs.delete(id);
	}

	#tellExamples(examples: Examples): void {
		this.page.post({ kind: "examples", examples });
	}

	async #guarded(work: () => Promise<void>): Promise<void> {
		try {
			await work();
		} catch (error) {
			this.#shared.notices.failed(error, [], true);
		}
	}
}
