/** A model from a Hugging Face-compatible host into the models' folder: whole and checked, or not there at all. */
import { rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { type Clock, systemClock } from "#base/clock";
import { AttuneError } from "#base/errors";
import { fieldsOf } from "#base/fields";
import { parseConfig } from "#models/config";
import type { FetchProgress } from "#protocol/store";
import { makeFolder } from "#runtime/atomic";
import { readJson } from "#runtime/jsonFile";
import { storageError } from "#runtime/storageError";
import type { DownloadMachine } from "./fetch/download.ts";
import { type Hub, openHub } from "./fetch/hub.ts";
import { checkSpace, type FetchedFile, type FetchJob, placeModel, takeFile } from "./fetch/job.ts";
import { meterOf } from "./fetch/meter.ts";
import {
	type HubFile,
	type Listing,
	parseListing,
	parseRepository,
	type Repository,
	smallFiles,
	weightFiles,
} from "./fetch/repository.ts";
import { type HubOptions, hubSettings } from "./fetch/settings.ts";
import { retrying } from "./fetch/transient.ts";
import type { Home } from "./home.ts";
import { takeLock } from "./learningLock.ts";
import { readModelFiles } from "./modelFiles.ts";
import { type ModelInfo, modelInfo } from "./models.ts";

export interface FetchRequest {
	/** `owner/name` or `owner/name@revision`. */
	readonly repository: string;
	readonly hub: HubOptions;
	readonly home: Home;
	readonly cancel: CancelToken;
	readonly onProgress: (progress: FetchProgress) => void;
	readonly clock?: Clock;
	readonly machine?: DownloadMachine;
}

export interface FetchedModel {
	readonly repository: string;
	readonly host: string;
	/** The revision as a commit; undefined if the host does not say. */
	readonly commit: string | undefined;
	readonly files: readonly FetchedFile[];
	readonly model: ModelInfo;
}

/** Where unfinished models lie, inside the models' folder and hence on its file system. */
export const workshop = ".fetching";

/**
 * Fetches what a model needs and no more: config.json, tokenizer, template, licence, then the weights, if the model is one that
 * Attune can run. A fetch that was stopped goes on where it was; files that are there and right are kept. Throws AttuneError
 * "usage", "network", "unsupported", "config", "tokenizer", "weights", "storage" or "cancelled".
 */
export async function fetchModel(request: FetchRequest): Promise<FetchedModel> {
	const repository = parseRepository(request.repository);
	const settings = hubSettings(request.hub);
	const staging = join(request.home.models, workshop, repository.folder);
	const release = lock(staging, repository);
	try {
		const hub = await openHub(settings, request.cancel);
		try {
			makeFolder(staging);
			return await fetchInto(staging, repository, hub, request);
		} catch (error) {
			throw storageError(error, staging, "fetching");
		} finally {
			await hub.close();
		}
	} finally {
		release();
	}
}

async function fetchInto(
	staging: string,
	repository: Repository,
	hub: Hub,
	request: FetchRequest,
): Promise<FetchedModel> {
	const { home, cancel, machine = thisMachine } = request;
	const { id, revision, folder } = repository;
	const { host } = hub.settings;
	const wait = cancellableWait(machine, cancel);
	const listing = await list(repository, hub, wait);
	const meter = meterOf(request.clock ?? systemClock, request.onProgress);
	const base = `/${id}/resolve/${encodeURIComponent(listing.commit ?? revision)}/`;
	const target = join(home.models, folder);
	const job: FetchJob = { staging, target, base, meter, hub, cancel, machine: { ...machine, wait } };
	const done: FetchedFile[] = [];
	const take = async (files: readonly HubFile[]): Promise<void> => {
		for (const file of files) done.push(await takeFile(file, job));
	};

	const [config, ...small] = smallFiles(listing, repository);
	await take([config]);
	// Before anything large is asked for: is it a model that can be run, and read?
	refuseUnsupported(staging);
	await take(small);
	readModelFiles(staging);
	const weights = await weightFiles(listing, repository, async (index) => {
		await take([index]);
		return shardsOf(join(staging, index.path));
	});
	meter.expect(weights);
	checkSpace(weights, job);
	await take(weights);
	// Whatever would keep it from being loaded keeps it from being placed.
	const info = modelInfo(staging, home);
	placeModel(done, { repository: id, revision, commit: listing.commit, host }, job);
	return {
		repository: id,
		host,
		commit: listing.commit,
		files: done,
		model: { ...info, name: folder, folder: target },
	};
}

async function list(
	{ id, revision }: Repository,
	hub: Hub,
	wait: (milliseconds: number) => Promise<void>,
): Promise<Listing> {
	const { host } = hub.settings;
	const url = `/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
	return parseListing(await retrying(() => hub.json(url), { wait, host }), host + url);
}

/** A model that cannot be run leaves nothing behind. */
function refuseUnsupported(staging: string): void {
	const file = join(staging, "config.json");
	try {
		parseConfig(readJson(file, "config"), "config.json");
	} catch (error) {
		rmSync(staging, { recursive: true, force: true });
		throw error;
	}
}

function shardsOf(file: string): readonly string[] {
	const remedy = "Fetch another revision of the model: this index is damaged.";
	const index = fieldsOf(readJson(file, "weights"), { code: "weights", file, remedy });
	const map = index.nested("weight_map") ?? index.fail('"weight_map" is missing');
	const names = [...new Set(Object.keys(map.object).map((tensor) => map.string(tensor)))].sort();
	for (const name of names)
		if (!/^[\w-][\w.-]*\.safetensors$/.test(name))
			index.fail(`${JSON.stringify(name)} is not the name of a safetensors file`);
	return names;
}

/** Locks of this process: the file's own name tells only processes apart. */
const fetching = new Set<string>();

function lock(staging: string, { id }: Repository): () => void {
	const refuse = (file: string, pid: number): AttuneError =>
		new AttuneError("storage", `${id} is being fetched already (process ${pid})`, {
			file,
			remedy: "Wait until it is there. If there is no such process, delete this file.",
		});
	if (fetching.has(staging)) throw refuse(`${staging}.lock.${process.pid}`, process.pid);
	const release = takeLock(`${staging}.lock`, refuse);
	fetching.add(staging);
	return () => {
		fetching.delete(staging);
		release();
	};
}

function cancellableWait(machine: DownloadMachine, cancel: CancelToken): (milliseconds: number) => Promise<void> {
	const slice = 100;
	return async (milliseconds) => {
		for (let left = milliseconds; left > 0; left -= slice) {
			throwIfCancelled(cancel);
			await machine.wait(Math.min(left, slice));
		}
	};
}

const thisMachine: DownloadMachine = {
	free(folder) {
		const { bavail, bsize } = statfsSync(folder);
		return bavail * bsize;
	},
	async write(file, bytes, position) {
		let done = 0;
		while (done < bytes.length)
			done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
	},
	wait: (milliseconds) => setTimeout(milliseconds),
};
