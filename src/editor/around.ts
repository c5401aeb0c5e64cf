/** Wires up what stands around the features: status bar, menu, settings, restart, log and diagnostics. */
import { commands, env, l10n, workspace } from "vscode";
import { diagnostics } from "./diagnostics.ts";
import { showMenu } from "./menu.ts";
import { section } from "./settings.ts";
import type { Shared } from "./shared.ts";
import { StatusBar, type StatusPorts } from "./statusBar.ts";

export function wireAround(shared: Shared, parts: Omit<StatusPorts, "serving">): StatusBar {
	const { serving, notices, log, version, own, handle, onStatus } = shared;
	const statusBar = new StatusBar({ serving, ...parts });
	own(
		statusBar,
		onStatus(() => statusBar.update()),
		workspace.onDidChangeConfiguration((event) => {
			const ours = ["model", "modelFormat", "threads"].some((name) => event.affectsConfiguration(`${section}.${name}`));
			if (ours) serving.changed().catch((error) => notices.failed(error));
		}),
	);
	handle({
		menu: () => showMenu(parts.snooze),
		openSettings: () => commands.executeCommand("workbench.action.openSettings", "@ext:attune.attune"),
		restart: () => serving.restart(),
		showLog: () => log.show(),
		async copyDiagnostics() {
			await env.clipboard.writeText(await diagnostics(version, serving, parts.tally));
			notices.tell(l10n.t("the diagnostics are on the clipboard. They hold no code and no path."));
		},
	});
	return statusBar;
}
