/** Wires up "Adapt to Workspace" and what is shown of it. */
import { l10n, workspace } from "vscode";
import { Adaptation } from "./adaptation.ts";
import { LearningDesk } from "./learning/desk.ts";
import { rollBack } from "./learning/rollBack.ts";
import { onRootsChange } from "./settings.ts";
import type { Shared } from "./shared.ts";

export interface Adapting {
	readonly adaptation: Adaptation;
	readonly desk: LearningDesk;
}

export function wireAdaptation(shared: Shared): Adapting {
	const { learner, serving, pages, notices, log, context, statusChanged, own, handle, forgets } = shared;
	const adaptation = new Adaptation({ learner, serving, pages, notices, log, memory: context.workspaceState });
	const desk = new LearningDesk(shared, adaptation);
	own(
		adaptation,
		adaptation.onChange(statusChanged),
		adaptation.onBegin(() => desk.open("live")),
	);
	const forget = () => {
		adaptation.forget();
		desk.forget();
	};
	forgets(forget);
	// Adapters and runs are of a set of folders: another set has its own.
	own(
		onRootsChange(() => {
			forget();
			serving.changed().catch((error) => notices.failed(error));
		}),
	);
	const nothingYet = () => {
		const label = l10n.t("Adapt to Workspace");
		notices.tell(l10n.t("nothing was learned of this workspace yet."), [{ label, command: "attune.adapt" }]);
	};
	handle({
		adapt: () => adaptation.run(false),
		resume: () => adaptation.run(true),
		cancelLearning: () => adaptation.cancel(),
		async showFiles() {
			const listing = await adaptation.list();
			if (listing !== undefined) await adaptation.showListing(listing);
		},
		showLearning: () => desk.open("live"),
		showRuns: () => desk.open("runs"),
		async showReport() {
			if (!(await desk.showReport())) nothingYet();
		},
		async rollBack() {
			if (!(await rollBack(desk.runs))) nothingYet();
		},
	});
	void tellOfInterruption(adaptation, shared);
	return { adaptation, desk };
}

/** A run that its window's end cut off goes on only when somebody wants it to. Told once; the page offers it from then on. */
async function tellOfInterruption(adaptation: Adaptation, { notices }: Shared): Promise<void> {
	if (!workspace.isTrusted || !(await adaptation.tellsOfInterruption())) return;
	notices.tell(l10n.t("the window was closed while it learned. It can go on from its last checkpoint."), [
		{ label: l10n.t("Resume"), command: "attune.resume" },
	]);
}
