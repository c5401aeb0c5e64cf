/** Answers about what surprises the model, in the learning process: it is there for work that may take a while. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { systemClock } from "#base/clock";
import { AttuneError } from "#base/errors";
import type { Connection } from "#protocol/connection";
import { type LinesResult, mapSurprise, type Scoring, surprisingLines } from "#protocol/surprise";
import { chooseDevice } from "./device.ts";
import { type Home, workspaceFiles } from "./home.ts";
import { Scorer } from "./scorer.ts";
import { type Candidate, candidates, type InTurn, linesOf, mapFiles } from "./surprise.ts";
import { openWorkspacePolicy } from "./workspacePolicy.ts";

/** To be called before `connection` listens. */
export function serveSurprise(connection: Connection, home: Home): void {
	const scorers = new Scorers(home);
	connection.handleStream(mapSurprise, async ({ files, seconds, ...scoring }, send, cancel) => {
		const { roots } = scoring;
		const chosen = files === null ? await candidates(roots, home, cancel) : files.map(unread);
		const enough = timeLimit(seconds);
		const inTurn: InTurn = (work) => scorers.use(scoring, work);
		const { model, adapted } = await inTurn(async (scorer) => about(scorer));
		const policy = openWorkspacePolicy(roots, { home });
		try {
			const tell = (part: Parameters<typeof send>[0]) => void send(part);
			return { model, adapted, ...(await mapFiles({ files: chosen, policy, inTurn, enough, cancel, tell })) };
		} finally {
			await inTurn(async (scorer) => scorer.flush());
		}
	});
	connection.handle(surprisingLines, async ({ file, text, near, seconds, most, ...scoring }, cancel) => {
		const item = openWorkspacePolicy(scoring.roots, { home }).judge(file, new TextEncoder().encode(text));
		if (item?.kind !== "file") return refused(item?.skipped.reason ?? "outside");
		const enough = timeLimit(seconds);
		return await scorers.use(scoring, (scorer) => linesOf({ file: item.file, near, most, scorer, enough, cancel }));
	});
}

/** The model of the last question stays open for the next one, which mostly asks the same. */
class Scorers {
	readonly #home: Home;
	#open: { readonly key: unknown; readonly scorer: Scorer } | undefined;
	#turn: Promise<unknown> = Promise.resolve();

	constructor(home: Home) {
		this.#home = home;
	}

	use<T>(scoring: Scoring, work: (scorer: Scorer) => Promise<T>): Promise<T> {
		const done = this.#turn.then(async () => work(await this.#scorer(scoring)));
		this.#turn = done.catch(() => undefined);
		return done;
	}

	async #scorer({ roots, model, device, threads }: Scoring): Promise<Scorer> {
		const key = { roots, model, device, threads, adapter: adapterState(roots, this.#home) };
		if (this.#open !== undefined && isDeepStrictEqual(this.#open.key, key)) return this.#open.scorer;
		await this.#open?.scorer.release();
		this.#open = undefined;
		const target = await chooseDevice(device, threads);
		const scorer = await Scorer.open({ roots, model, target, home: this.#home });
		this.#open = { key, scorer };
		return scorer;
	}
}

/** Changes when the adapter is exchanged. */
function adapterState(roots: readonly string[], home: Home): string {
	const file = join(workspaceFiles(home, roots).adapter, "adapter_model.safetensors");
	const stats = statSync(file, { throwIfNoEntry: false });
	return stats === undefined ? "none" : `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
}

function about({ model, adapter }: Scorer): { readonly model: string; readonly adapted: boolean } {
	return { model: model.name, adapted: adapter === "on" };
}

function unread(file: string): Candidate {
	return { file, bytes: 0, modifiedMs: 0 };
}

function refused(reason: string): LinesResult {
	return { kind: "refused", reason };
}

function timeLimit(seconds: number): () => boolean {
	if (!(seconds > 0)) throw new AttuneError("usage", "the time limit is no time", { remedy: "Give some seconds." });
	const end = systemClock.seconds() + seconds;
	return () => systemClock.seconds() >= end;
}
