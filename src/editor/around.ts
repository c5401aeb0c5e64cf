/** Wires up what stands around the features: status bar, menu, settings, restart, log, diagnostics, what is kept. */
import { commands, Disposable, env, l10n, workspace } from "vscode";
import { deleteData } from "./deleteData.ts";
import { diagnostics } from "./diagnostics.ts";
import { showLastPrompt } from "./lastPrompt.ts";
import { showMenu } from "./menu.ts";
import { section } from "./settings.ts";
import type { Shared } from "./shared.ts";
import { StatusBar, type StatusPorts } from "./statusBar.ts";

const walkthrough = "attune.attune#attune.start";

export function wireAround(shared: Shared, parts: Omit<StatusPorts, "serving">): StatusBar {
	const { serving, learner, store, notices, log, own, handle, onStatus } = shared;
	const statusBar = new StatusBar({ serving, ...parts });
	own(
		statusBar,
		onStatus(() => statusBar.update()),
		followModelSettings(shared),
	);
	handle({
		menu: () => showMenu(parts),
		openSettings: () => commands.executeCommand("workbench.action.openSettings", "@ext:attune.attune"),
		restart() {
			// One that had died too often is tried again; one that works is left at it.
			for (const process of [learner, store]) process.reset();
			return serving.restart();
		},
		showLog: () => log.show(),
		showLastPrompt: () => showLastPrompt(shared),
		deleteData: () => deleteData(shared),
		openWalkthrough: () => commands.executeCommand("workbench.action.openWalkthrough", walkthrough, false),
		async copyDiagnostics() {
			await env.clipboard.writeText(await diagnostics(shared, parts.tally));
			notices.tell(l10n.t("the diagnostics are on the clipboard. They hold no code and no path."));
		},
	});
	return statusBar;
}

/** Several that change together load the model once. */
function followModelSettings({ serving, store, notices }: Shared): Disposable {
	let timer: NodeJS.Timeout | undefined;
	let moved = false;
	const follow = async () => {
		if (!moved) return await serving.changed();
		moved = false;
		// One that learns ends where it began, and soon after.
		await Promise.all([store.stop(), serving.moved()]);
	};
	const listener = workspace.onDidChangeConfiguration((event) => {
		const affects = (...names: string[]) => names.some((name) => event.affectsConfiguration(`${section}.${name}`));
		moved ||= affects("dataFolder");
		if (!moved && !affects("model", "modelFormat", "threads")) return;
		clearTimeout(timer);
		timer = setTimeout(() => follow().catch((error) => notices.failed(error)), 200);
	});
	return Disposable.from(listener, { dispose: () => clearTimeout(timer) });
}
