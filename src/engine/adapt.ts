/** Journey 2: a folder becomes an adapter. Joins model, stream, policy, learner and storage. */

import { randomBytes } from "node:crypto";
import type { Budget, Estimate } from "#adapt/estimate";
import { adaptOffline } from "#adapt/offline";
import { adaptOnline } from "#adapt/online";
import { type PresetName, presetFor, presets, withObjective } from "#adapt/preset";
import type { LearningNow, ProgressListener } from "#adapt/progress";
import type { RunReport } from "#adapt/report";
import type { PaperObjective } from "#adapt/select";
import type { AdaptInput } from "#adapt/session";
import type { SkippedFile } from "#adapt/source";
import type { CancelToken } from "#base/cancel";
import { systemClock } from "#base/clock";
import { AttuneError } from "#base/errors";
import type { AdaptResult } from "#protocol/learning";
import type { SessionTarget } from "#runtime/graphSession";
import { checkPlace, saveAdapter } from "./adapterStore.ts";
import { checkpointFile } from "./checkpointFile.ts";
import { resolveRoots } from "./feed/roots.ts";
import { feed } from "./feed.ts";
import { guardTexts } from "./guardText.ts";
import { keepRun, newRunId, pruneHistory, serveRun } from "./history.ts";
import { type Home, type WorkspaceFiles, workspaceFiles } from "./home.ts";
import { lockLearningSoon } from "./learningLock.ts";
import { type LoadedModel, loadModel } from "./loadModel.ts";
import { openLearner, sizesOf } from "./openLearner.ts";
import { Reading } from "./reading.ts";
import { scoreFile } from "./scoreCache.ts";
import { skipRemedy } from "./skipRemedy.ts";
import { type FileWatch, watchFiles } from "./watchFiles.ts";

export const presetNames = Object.keys(presets) as readonly PresetName[];

export interface AdaptRequest {
	/** Folders of the project. */
	readonly roots: readonly string[];
	/** Undefined: the shipped model. */
	readonly model: string | undefined;
	/** Folder of the adapter; undefined: the workspace's own. */
	readonly out: string | undefined;
	readonly preset: PresetName;
	/** Of the paper's preset alone; undefined: as it has it. */
	readonly objective?: PaperObjective | undefined;
	readonly mode: "offline" | "online";
	/** Online: learn files as they change, until `stop` of the listener, instead of the project as it is. */
	readonly watch: boolean;
	readonly target: SessionTarget;
	readonly seed: number;
	readonly budget: Budget;
	readonly resume: boolean;
	readonly home: Home;
}

export interface AdaptListener {
	/** Interrupts; a checkpoint stands then. */
	readonly cancel: CancelToken;
	/** Resolves when watching shall end and be judged. */
	readonly stop: Promise<void>;
	readonly onModel: (model: LoadedModel) => void;
	/** From now on changed files are seen; `touch` names one that this machine's own watching may not see. */
	readonly onWatching: (touch: (path: string) => void) => void;
	readonly onEstimate: (estimate: Estimate) => void;
	readonly onProgress: ProgressListener;
	readonly onLearning: (now: LearningNow) => void;
}

/** Seconds that a run which goes on waits for the process it was begun in: after a reload that one still writes its checkpoint. */
const closeOnHeels = 60;

export async function adaptWorkspace(request: AdaptRequest, listener: AdaptListener): Promise<AdaptResult> {
	const files = workspaceFiles(request.home, request.roots);
	resolveRoots(request.roots);
	const place = request.out ?? files.adapter;
	checkPlace(place);
	const patience = request.resume ? closeOnHeels : 0;
	const unlock = await lockLearningSoon(request.home.lock, patience, listener.cancel);
	try {
		return await adaptLocked(request, listener, files, place);
	} catch (error) {
		throw cancelledWithRemedy(error);
	} finally {
		unlock();
	}
}

async function adaptLocked(
	request: AdaptRequest,
	listener: AdaptListener,
	files: WorkspaceFiles,
	place: string,
): Promise<AdaptResult> {
	const { roots, home, seed, budget, resume } = request;
	const model = await loadModel(request.model, home, { cancel: listener.cancel });
	listener.onModel(model);
	const own = presetFor(request.preset, model.config.hiddenSize);
	const preset = request.objective === undefined ? own : withObjective(own, request.objective);
	const learner = openLearner(model, preset, request.target, seed);
	const reading = new Reading(feed(roots, { cancel: listener.cancel, home }));
	const changes = request.watch ? await watchUntil(roots, listener, home) : null;
	if (changes !== null) listener.onWatching(changes.touch);
	const cache = scoreFile(files.scores, request.target.provider);
	const checkpoint = checkpointFile(files.checkpoint);
	try {
		const input: AdaptInput = {
			...{ feed: reading, tokenizer: model.tokenizer, learner, preset, modelId: model.id, seed, budget, resume },
			...{
				guard: guardTexts(),
				sizes: sizesOf(model.config, preset, learner.capacity),
				cache,
				checkpoint,
				clock: systemClock,
				...listener,
			},
		};
		const { report } = request.mode === "online" ? await adaptOnline({ ...input, changes }) : await adaptOffline(input);
		if (report.files.used === 0) throw nothingToLearn(roots, reading.skipped);
		const found = {
			...{ model: model.name, device: request.target.provider, ...report },
			...{ skippedFiles: reading.skipped, peakRssMiB: process.resourceUsage().maxRSS / 1024 },
		};
		const run =
			request.out === undefined && isJudged(report) ? newRunId(Date.now(), randomBytes(2).toString("hex")) : null;
		const save = (folder: string) => saveAdapter(folder, model, learner, { report, hashes: reading.hashes, run });
		if (run !== null) {
			const kept = { ...found, modelReference: model.reference };
			keepRun(files, run, Date.now(), kept, report.accepted ? save : undefined);
			if (report.accepted) serveRun(files, run);
			pruneHistory(files);
		} else if (report.accepted) save(place);
		checkpoint.remove();
		return { ...found, adapter: report.accepted ? place : null, run };
	} finally {
		await changes?.close();
		await learner.release();
		cache.flush();
	}
}

/** Anything else has nothing to be looked up later. */
function isJudged({ coverage }: RunReport): boolean {
	return coverage.heldOutBy !== "tooSmall";
}

/** A run that was interrupted goes on with `--resume`. */
function cancelledWithRemedy(error: unknown): unknown {
	if (!(error instanceof AttuneError) || error.code !== "cancelled") return error;
	return new AttuneError("cancelled", error.message, {
		remedy: "Start it again with --resume to go on where it stood; what was scored is kept in any case.",
		cause: error,
	});
}

/** Files as they change, until `stop` or `cancel`. */
async function watchUntil(
	roots: readonly string[],
	{ stop, cancel }: Pick<AdaptListener, "stop" | "cancel">,
	home: Home,
): Promise<FileWatch> {
	const watch = await watchFiles(roots, { home });
	const end = async (): Promise<void> => {
		clearInterval(looking);
		await watch.close();
	};
	// No step comes in which a cancellation is heard while no file changes.
	const looking = setInterval(() => cancel.cancelled && void end(), lookAgainMs);
	stop.then(end);
	return { ...watch, close: end };
}

/** Milliseconds between two looks at whether watching was cancelled. */
const lookAgainMs = 100;

function nothingToLearn(roots: readonly string[], skipped: readonly SkippedFile[]): AttuneError {
	const counts = new Map<string, number>();
	for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
	const why = [...counts].map(([reason, count]) => `${count} ${reason}`).join(", ");
	return new AttuneError(
		"workspace",
		why === "" ? "this folder holds no file" : `no file here may be read (skipped: ${why})`,
		{
			file: roots[0] ?? "",
			remedy: skipped.length === 0 ? "Choose a folder with source files or text." : skipRemedy(skipped),
		},
	);
}
