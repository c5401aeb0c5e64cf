/** Wires up the surprise map: on files and lines together, from the command that shows it to the one that hides it. */
import { commands, l10n, workspace } from "vscode";
import { AttuneError } from "#base/errors";
import { workspaceRoots } from "../settings.ts";
import type { Shared } from "../shared.ts";
import { FileMap } from "./fileMap.ts";
import { LineMap } from "./lineMap.ts";

export interface Surprise {
	readonly fileMap: FileMap;
	readonly lineMap: LineMap;
}

export function wireSurprise({ learner, serving, notices, own, handle }: Shared): Surprise {
	const fileMap = new FileMap(learner, notices);
	const lineMap = new LineMap(learner);
	const shown = (is: boolean) => commands.executeCommand("setContext", "attune.surpriseShown", is);
	handle({
		async showSurprise() {
			check();
			lineMap.show();
			const drawn = fileMap.draw();
			await shown(true);
			return await drawn;
		},
		async hideSurprise() {
			fileMap.clear();
			lineMap.clear();
			await shown(false);
		},
	});
	own(
		...[fileMap, lineMap],
		serving.onState(({ kind }) => {
			if (kind !== "ready") return;
			fileMap.drawAgain().catch(() => {});
			lineMap.showAgain();
		}),
	);
	return { fileMap, lineMap };
}

function check(): void {
	const refuse = (reason: string, remedy: string) => {
		throw new AttuneError("workspace", reason, { remedy });
	};
	if (!workspace.isTrusted)
		refuse(l10n.t("the surprise map is off in Restricted Mode"), l10n.t("Trust this workspace first, if you do."));
	if (workspaceRoots().length === 0)
		refuse(l10n.t("no folder on this machine's disk is open"), l10n.t("Open a folder first."));
}
