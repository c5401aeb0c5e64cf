/** Wires up "Adapt to Workspace" and what is shown of it. */
import { l10n } from "vscode";
import { Adaptation } from "./adaptation.ts";
import type { Shared } from "./shared.ts";

export function wireAdaptation(shared: Shared): Adaptation {
	const { learner, serving, pages, notices, log, context, statusChanged, own, handle } = shared;
	const adaptation = new Adaptation({ learner, serving, pages, notices, log, memory: context.workspaceState });
	own(adaptation, adaptation.onChange(statusChanged));
	handle({
		adapt: () => adaptation.run(false),
		resume: () => adaptation.run(true),
		async showFiles() {
			const listing = await adaptation.list();
			if (listing !== undefined) await adaptation.showListing(listing);
		},
		async showReport() {
			if (await adaptation.showReport()) return;
			const label = l10n.t("Adapt to Workspace");
			notices.tell(l10n.t("nothing was learned of this workspace yet."), [{ label, command: "attune.adapt" }]);
		},
	});
	return adaptation;
}
