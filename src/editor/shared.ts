/** What every area of the editor's side is given to wire itself up with: see `activate.ts`. */
import {
	commands,
	type Disposable,
	type Event,
	EventEmitter,
	type ExtensionContext,
	type LogOutputChannel,
	window,
	workspace,
} from "vscode";
import { Supervisor } from "#supervise/supervisor";
import { followDeletion } from "./keptByEditor.ts";
import { Notices } from "./notices.ts";
import { Pages } from "./pages.ts";
import { Serving } from "./serving.ts";
import { idleMilliseconds, modelChoice, processEnvironment, proxyEnvironment, workspaceRoots } from "./settings.ts";

/** By the command's name without `attune.`; a failure is told to the user. */
export type Handlers = Readonly<Record<string, (...values: never[]) => unknown>>;

export interface Shared {
	readonly context: ExtensionContext;
	readonly version: string;
	readonly log: LogOutputChannel;
	readonly notices: Notices;
	readonly pages: Pages;
	readonly serving: Serving;
	/** Ends soon after its work: what it holds belongs to the editor and the compiler again. */
	readonly learner: Supervisor;
	/** Lists, fetches and deletes models; loads none. */
	readonly store: Supervisor;
	/** Whoever remembers something says how to forget it: done when all that is kept is deleted. */
	forgets(forget: () => unknown): void;
	forget(): Promise<void>;
	/** Fires when something that the status bar shows is another. */
	readonly onStatus: Event<void>;
	statusChanged(): void;
	/** Disposed of with the extension. */
	own(...parts: readonly Disposable[]): void;
	handle(handlers: Handlers): void;
}

export function share(context: ExtensionContext): Shared {
	followDeletion(context);
	const log = window.createOutputChannel("Attune", { log: true });
	const start =
		(program: string, more: () => Readonly<Record<string, string>> = () => ({})) =>
		async () => {
			// What it is connected by takes as long to load as all else of ours: not while a window opens.
			const { startChild } = await import("#supervise/child");
			// To load it and to start a process in one turn would be one long pause of the editor's host.
			await new Promise(setImmediate);
			return startChild({
				lean: program === "serve",
				file: context.asAbsolutePath(`dist/${program}.js`),
				environment: { ...processEnvironment(), ...more() },
				log,
			});
		};
	const serving = new Serving({
		supervisor: new Supervisor({ start: start("serve"), idleAfter: idleMilliseconds() }),
		...{ choice: modelChoice, roots: workspaceRoots, log },
	});
	// At the lowest priority, beside a compiler that takes every core, it may not get to answer for minutes.
	const heartbeat = { every: 30_000, within: 600_000 };
	const learner = new Supervisor({
		start: start("learn"),
		name: "the process that learns",
		idleAfter: 2_000,
		heartbeat,
		// It writes its checkpoint first, after a step that may be slow for the same reason.
		leaveWithin: 60_000,
	});
	const store = new Supervisor({
		start: start("store", proxyEnvironment),
		name: "the process that keeps models",
		remedy: "Try again with `Attune: Restart`; `Attune: Show Log` may say why it ends.",
		idleAfter: 30_000,
	});
	const notices = new Notices(log);
	const pages = new Pages();
	const status = new EventEmitter<void>();
	const forgetting = new Set<() => unknown>([() => pages.forget()]);
	const own = (...parts: readonly Disposable[]) => void context.subscriptions.push(...parts);
	const statusChanged = () => status.fire();
	own(log, pages, status, serving.onState(statusChanged), workspace.onDidGrantWorkspaceTrust(statusChanged));
	own({ dispose: () => void Promise.all([serving, learner, store].map((process) => process.dispose())) });
	return {
		...{ context, log, notices, pages, serving, learner, store, own, statusChanged },
		forgets: (forget) => void forgetting.add(forget),
		async forget() {
			for (const forget of forgetting) await forget();
		},
		version: context.extension.packageJSON.version,
		onStatus: status.event,
		handle: (handlers) => own(...registered(handlers, notices)),
	};
}

function registered(handlers: Handlers, notices: Notices): Disposable[] {
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
