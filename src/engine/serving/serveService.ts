/** The serving process's side of the contract. */
import { setTimeout as pause } from "node:timers/promises";
import { languageOf } from "#adapt/language";
import { silence } from "#assist/silence";
import type { Situation } from "#assist/situation";
import { systemClock } from "#base/clock";
import { AttuneError } from "#base/errors";
import { shutdown } from "#protocol/calls";
import type { Connection } from "#protocol/connection";
import {
	accepted,
	type CompleteParams,
	complete,
	filesKnown,
	foldersUsed,
	lastPrompt,
	type ModelChoice,
	type Resident,
	rejected,
	servingStatus,
	useAdapter,
	useModel,
	visited,
} from "#protocol/serving";
import type { Home } from "../home.ts";
import { ImportedFiles } from "./importedFiles.ts";
import { KnownFiles } from "./knownFiles.ts";
import { Patience } from "./patience.ts";
import { ResidentModel } from "./residentModel.ts";
import { serveTalk } from "./talkService.ts";

/** Serves `connection` until it closes. */
export function serveModel(connection: Connection, home: Home): void {
	const known = new KnownFiles();
	const patience = new Patience();
	let resident: ResidentModel | undefined;
	const imported = new ImportedFiles({
		...{ home, clock: systemClock, quiet: () => patience.quiet() },
		onRead: async (text) => resident?.encodeAhead(text, patience),
	});
	/** Loads and exchanges happen one after the other, in the order they were asked for. */
	let changes: Promise<unknown> = Promise.resolve();
	const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
		const done = changes.then(change);
		changes = done.catch(() => undefined);
		return done;
	};
	const loaded = (): ResidentModel => {
		if (resident !== undefined) return resident;
		throw new AttuneError("usage", "no model is loaded", { remedy: "Choose a model first." });
	};
	/** The model once what was asked for before is loaded. */
	const present = async (): Promise<ResidentModel> => {
		await changes;
		return loaded();
	};
	const whole = ({ situation }: CompleteParams): Situation => ({
		...{ ...situation, files: known.with(imported.files), recent: known.recent },
	});

	connection.onNotify(shutdown, () => process.exit(0));
	connection.handle(useModel, (choice, cancel) =>
		inTurn(async (): Promise<Resident> => {
			if (resident !== undefined && isSame(resident.choice, choice)) return resident.describe(false);
			// Two models at once are more than many machines hold.
			const old = resident;
			resident = undefined;
			await old?.release();
			resident = await ResidentModel.open(choice, home, cancel);
			return resident.describe(true);
		}),
	);
	connection.handle(useAdapter, ({ folder }) =>
		inTurn(async () => {
			const model = loaded();
			model.useAdapter(folder);
			return model.describe(false);
		}),
	);
	connection.onNotify(filesKnown, (news) => known.learn(news));
	connection.onNotify(foldersUsed, ({ roots }) => imported.use(roots));
	connection.onNotify(visited, ({ path, line }) => {
		const file = known.visit(path, line);
		if (file !== undefined) imported.follow({ ...file, language: languageOf(path) });
	});
	connection.handle(complete, async ({ waitMs = 0, ...params }, cancel) => {
		if (waitMs > 0 && !(await present()).completer.knows(whole(params), params.settings)) await pause(waitMs);
		if (cancel.cancelled) return silence("cancelled");
		const { completer } = await present();
		try {
			return await patience.first(() => completer.complete(whole(params), params.settings, cancel));
		} finally {
			imported.follow(params.situation);
		}
	});
	connection.onNotify(accepted, async (params) => {
		const { completer } = await present();
		completer.judged(true);
		await completer.prefetch(whole(params), params, params.settings);
	});
	connection.onNotify(rejected, async () => (await present()).completer.judged(false));
	connection.handle(servingStatus, async () => ({
		...{ resident: resident?.describe(false) ?? null, rssMiB: rssMiB(), knownFiles: known.files.length },
		importedFiles: imported.files.length,
		cacheMiB: (resident?.decoder.cacheBytes ?? 0) / 2 ** 20,
	}));
	connection.handle(lastPrompt, async () => resident?.lastPrompt.show() ?? null);
	serveTalk(connection, async () => (await present()).talker(patience), home);
	connection.listen();
}

function rssMiB(): number {
	return process.memoryUsage.rss() / 2 ** 20;
}

function isSame(a: ModelChoice, b: ModelChoice): boolean {
	return a.model === b.model && a.format === b.format && a.threads === b.threads;
}
