/** Wires up keep-learning, the command that switches it and the one that shows what it gained. */
import { l10n, workspace } from "vscode";
import type { Adaptation } from "../adaptation.ts";
import { keepLearning, keepsLearning } from "../settings.ts";
import type { Shared } from "../shared.ts";
import { Keeping } from "./keeping.ts";
import { keepingPage } from "./words.ts";

export function wireKeeping(shared: Shared, adaptation: Adaptation): Keeping {
	const { learner, serving, notices, log, pages, context, statusChanged, own, handle } = shared;
	const keeping = new Keeping({ learner, serving, adaptation, notices, log, memory: context.workspaceState });
	const title = l10n.t("What Attune keeps learning");
	const page = () => keepingPage(keeping.kept, workspace.name ?? l10n.t("this workspace"));
	own(keeping, keeping.onChange(statusChanged));
	own(keeping.onChange(() => pages.redraw(title, page())));
	handle({
		async toggleKeepLearning() {
			await keepLearning(!keepsLearning());
			keeping.consider();
			const { state } = keeping.kept;
			if (state.kind !== "paused" || state.reason !== "notAgreed") return;
			const label = l10n.t("Adapt to Workspace");
			const words = l10n.t("keep-learning begins here once Adapt to Workspace has shown you what is read.");
			notices.tell(words, [{ label, command: "attune.adapt" }]);
		},
		showKeeping: () => pages.show(title, page()),
	});
	keeping.consider();
	return keeping;
}
