/** One run of keep-learning over a workspace: joins model, served adapter, changed files, policy and storage. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { keepLearning } from "#adapt/keep";
import { type KeepInput, type KeepState, keepRequest } from "#adapt/keepState";
import { type Preset, type PresetName, presetFor } from "#adapt/preset";
import type { FeedItem } from "#adapt/source";
import type { CancelToken } from "#base/cancel";
import { systemClock } from "#base/clock";
import { AttuneError } from "#base/errors";
import type { KeepResult, KeepScore } from "#protocol/keeping";
import { readRecord } from "#runtime/adapterFolder";
import type { SessionTarget } from "#runtime/graphSession";
import type { OrtLearner } from "#runtime/learner";
import { presetNames } from "./adapt.ts";
import { openAdapted, saveAdapter } from "./adapterStore.ts";
import { stateFile } from "./checkpointFile.ts";
import { feed } from "./feed.ts";
import { guardTexts } from "./guardText.ts";
import { keepRun, newRunId, pruneHistory } from "./history.ts";
import { type Home, workspaceFiles } from "./home.ts";
import { lockLearning } from "./learningLock.ts";
import { type LoadedModel, loadModel } from "./loadModel.ts";
import { openLearner, sizesOf } from "./openLearner.ts";
import { Reading } from "./reading.ts";
import { scoreFile } from "./scoreCache.ts";
import { adapterHash } from "./scorer.ts";
import { servedNow, serveUnlessOverruled } from "./serveKept.ts";
import { openWorkspacePolicy } from "./workspacePolicy.ts";

export interface KeepRequest {
	readonly roots: readonly string[];
	readonly model: string | undefined;
	readonly preset: PresetName;
	readonly target: SessionTarget;
	readonly seed: number;
	readonly files: readonly string[] | null;
	readonly judgeAfter: number;
	readonly home: Home;
}

export interface KeepListener {
	readonly cancel: CancelToken;
	readonly pause: () => Promise<void>;
	readonly onScore: (score: KeepScore) => void;
}

/** Changes whenever `KeepState` does, other than by something that may be absent. */
const magic = "attune-keeping-2\n";

/** Throws AttuneError "workspace" while another run learns on this machine, "cancelled" after what was learned is saved. */
export async function keepWorkspace(request: KeepRequest, listener: KeepListener): Promise<KeepResult> {
	const unlock = lockLearning(request.home.lock);
	try {
		return await keepLocked(request, listener);
	} finally {
		unlock();
	}
}

async function keepLocked(request: KeepRequest, listener: KeepListener): Promise<KeepResult> {
	const { roots, home, seed, judgeAfter } = request;
	const files = workspaceFiles(home, roots);
	const model = await loadModel(request.model, home, { cancel: listener.cancel });
	const judgedAgainst = servedNow(files.adapter);
	const { preset, learner, servedId } = openServed(files.adapter, model, request);
	const store = stateFile<KeepState>(files.keeping, magic);
	const cache = scoreFile(files.scores, request.target.provider);
	let reading = new Reading(feed(roots, { cancel: listener.cancel, home }));
	const project = () => {
		reading = new Reading(feed(roots, { cancel: listener.cancel, home }));
		return reading;
	};
	try {
		const input: KeepInput = {
			...{
				project,
				changes: changes(request, listener.cancel),
				tokenizer: model.tokenizer,
				learner,
				preset,
				seed,
			},
			...{ modelId: model.id, guard: guardTexts(), sizes: sizesOf(model.config, preset, learner.capacity), cache },
			...{ clock: systemClock, onProgress: () => {}, cancel: listener.cancel, pause: listener.pause, judgeAfter },
			...{ served: learner.save(), servedId, state: store.load(), save: store.save },
			onScore: (stream, learned) => listener.onScore({ stream, learned }),
		};
		const outcome = await keepLearning(input);
		if (outcome.kind !== "kept") return outcome;
		const { judged, learned, startedOver, state } = outcome;
		const accepted = judged?.report.accepted === true;
		let served = false;
		if (judged !== null && accepted) {
			const { report } = judged;
			const run = newRunId(Date.now(), randomBytes(2).toString("hex"));
			const found = {
				...{ model: model.name, modelReference: model.reference, device: request.target.provider },
				...{ ...report, skippedFiles: reading.skipped },
				peakRssMiB: process.resourceUsage().maxRSS / 1024,
			};
			keepRun(files, run, Date.now(), found, (folder) =>
				saveAdapter(folder, model, learner, { report, hashes: reading.hashes, run }),
			);
			served = serveUnlessOverruled(files, run, judgedAgainst);
			pruneHistory(files);
			// From now on this is what the next run is judged against.
			if (served) store.save({ ...state, request: keepRequest(input, adapterHash(files.adapter)) });
		}
		return {
			...{ kind: "kept", score: { stream: outcome.score, learned } },
			judged: judged && { accepted, overruled: accepted && !served, verdict: judged.report.verdict },
			...{ startedOver, adapter: served ? files.adapter : null },
		};
	} finally {
		await learner.release();
		cache.flush();
	}
}

interface Served {
	readonly preset: Preset;
	/** With the served adapter, or a fresh one. */
	readonly learner: OrtLearner;
	readonly servedId: string;
}

/** The adapter that is served is gone on from, by the preset that made it. */
function openServed(folder: string, model: LoadedModel, { preset, target, seed }: KeepRequest): Served {
	const fresh = (): Served => {
		const own = presetFor(preset, model.config.hiddenSize);
		return { preset: own, learner: openLearner(model, own, target, seed), servedId: "base" };
	};
	if (!existsSync(join(folder, "attune.json"))) return fresh();
	try {
		const name = readRecord(folder)?.["preset"];
		const own = presetFor(presetNames.find((known) => known === name) ?? preset, model.config.hiddenSize);
		return { preset: own, learner: openAdapted(folder, model, target), servedId: adapterHash(folder) };
	} catch (error) {
		// It was made for another model: the first one that helps this model takes its place.
		if (error instanceof AttuneError && error.code === "adapter") return fresh();
		throw error;
	}
}

async function* changes({ roots, files, home }: KeepRequest, cancel: CancelToken): AsyncIterable<FeedItem> {
	if (files === null) {
		yield* feed(roots, { nearDuplicates: false, cancel, home });
		return;
	}
	const policy = openWorkspacePolicy(roots, { home });
	for (const file of files) {
		const item = policy.judge(file);
		if (item !== undefined) yield item;
	}
}
