/** Puts the editor's side together. Nothing is started and no file is read here: that is left to the first use. */
import { commands, type Disposable, type ExtensionContext, env, l10n, languages, window, workspace } from "vscode";
import { startChild } from "#supervise/child";
import { Supervisor } from "#supervise/supervisor";
import { Adaptation } from "./adaptation.ts";
import { Completions } from "./completions.ts";
import { diagnostics } from "./diagnostics.ts";
import { Documents } from "./documents.ts";
import { showMenu, snoozeFor, toggleLanguage } from "./menu.ts";
import { Notices } from "./notices.ts";
import { Pages } from "./pages.ts";
import { Serving } from "./serving.ts";
import { idleMilliseconds, modelChoice, processEnvironment, section, workspaceRoots } from "./settings.ts";
import { Snooze } from "./snooze.ts";
import { StatusBar } from "./statusBar.ts";
import { Tally } from "./tally.ts";

/** The running parts: what the tests inside an editor look at. */
export interface Attune {
	readonly serving: Serving;
	readonly learner: Supervisor;
	readonly completions: Completions;
	readonly adaptation: Adaptation;
	readonly statusBar: StatusBar;
	readonly snooze: Snooze;
	readonly tally: Tally;
	readonly pages: Pages;
	/** Of activation, our own code. */
	readonly activationMs: number;
}

export function activateAttune(context: ExtensionContext): Attune {
	const started = performance.now();
	const log = window.createOutputChannel("Attune", { log: true });
	const start = (program: string) => () =>
		startChild({
			file: context.asAbsolutePath(`dist/${program}.js`),
			environment: processEnvironment(),
			log,
		});
	const serving = new Serving({
		supervisor: new Supervisor({ start: start("serve"), idleAfter: idleMilliseconds() }),
		...{ choice: modelChoice, roots: workspaceRoots, log },
	});
	// It ends soon after its work: what it holds belongs to the editor and the compiler again.
	const learner = new Supervisor({ start: start("learn"), idleAfter: 2_000 });
	const notices = new Notices(log);
	const pages = new Pages();
	const snooze = new Snooze();
	const documents = new Documents(serving);
	const adaptation = new Adaptation({ learner, serving, pages, notices, log, memory: context.workspaceState });
	const tally = new Tally(() => statusBar.update());
	const completions = new Completions({ serving, documents, snooze, tally, notices });
	const statusBar: StatusBar = new StatusBar({ serving, adaptation, snooze, tally });
	const processes = { dispose: () => void Promise.all([serving.dispose(), learner.dispose()]) };
	context.subscriptions.push(
		...[log, pages, snooze, documents, adaptation, completions, statusBar, processes],
		...[serving.onState, adaptation.onChange, snooze.onChange].map((on) => on(() => statusBar.update())),
		workspace.onDidChangeConfiguration((event) => {
			const ours = ["model", "modelFormat", "threads"].some((name) => event.affectsConfiguration(`${section}.${name}`));
			if (ours) serving.changed().catch((error) => notices.failed(error));
		}),
		languages.registerInlineCompletionItemProvider({ scheme: "file" }, completions),
	);
	const version: string = context.extension.packageJSON.version;
	const attune = { serving, learner, completions, adaptation, statusBar, snooze, tally, pages };
	context.subscriptions.push(...registerCommands(attune, notices, log, () => diagnostics(version, serving, tally)));
	const activationMs = performance.now() - started;
	log.info(`Attune ${version}, ready after ${activationMs.toFixed(1)} ms`);
	return { ...attune, activationMs };
}

type Parts = Omit<Attune, "activationMs">;

function registerCommands(
	{ serving, completions, adaptation, snooze }: Parts,
	notices: Notices,
	log: { show(): void },
	describe: () => Promise<string>,
): Disposable[] {
	const handlers: Record<string, (...values: never[]) => unknown> = {
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
		restart: () => serving.restart(),
		showLog: () => log.show(),
		async copyDiagnostics() {
			await env.clipboard.writeText(await describe());
			notices.tell(l10n.t("the diagnostics are on the clipboard. They hold no code and no path."));
		},
		menu: () => showMenu(snooze),
		snooze: (minutes?: number) => snoozeFor(snooze, minutes),
		toggleLanguage,
		openSettings: () => commands.executeCommand("workbench.action.openSettings", "@ext:attune.attune"),
		accepted: (id: unknown) => completions.accepted(id),
	};
	return Object.entries(handlers).map(([name, handler]) =>
		commands.registerCommand(`attune.${name}`, async (...values: never[]) => {
			try {
				return await handler(...values);
			} catch (error) {
				notices.failed(error, [], true);
				return undefined;
			}
		}),
	);
}
