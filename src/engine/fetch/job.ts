/** The files of one fetch: taken from where they are, checked for room, put in their place together. */
import { copyFileSync, existsSync, linkSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CancelToken } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { writeFolderAtomic } from "#runtime/atomic";
import { sourceFile } from "../models.ts";
import { type DownloadMachine, downloadFile } from "./download.ts";
import type { Hub } from "./hub.ts";
import type { FetchMeter } from "./meter.ts";
import type { HubFile } from "./repository.ts";
import { hasChecksum } from "./verify.ts";

export interface FetchedFile {
	readonly path: string;
	readonly bytes: number;
	/** "kept" was there and is right; "resumed" was there in part. */
	readonly how: "fetched" | "resumed" | "kept";
}

export interface FetchJob {
	/** Where files gather until all are there. */
	readonly staging: string;
	/** The model's folder. */
	readonly target: string;
	/** `/owner/name/resolve/commit/`. */
	readonly base: string;
	readonly meter: FetchMeter;
	readonly hub: Hub;
	readonly cancel: CancelToken;
	readonly machine: DownloadMachine;
}

/** Left free on the disk. */
const spareBytes = 64 * 2 ** 20;

/** Brings the file into the staging folder: from there, from the model's folder, or from the host. */
export async function takeFile(file: HubFile, job: FetchJob): Promise<FetchedFile> {
	const { staging, target, meter } = job;
	const { path } = file;
	const staged = join(staging, path);
	for (const place of [staged, join(target, path)]) {
		const bytes = statSync(place, { throwIfNoEntry: false })?.size;
		if (bytes === undefined) continue;
		const right =
			file.checksum !== undefined &&
			(file.bytes ?? bytes) === bytes &&
			(await hasChecksum(place, file.checksum, job.cancel));
		if (right) {
			if (place !== staged) linkOrCopy(place, staged);
			meter.at(path, bytes, 0);
			return { path, bytes, how: "kept" };
		}
		// Of what is staged and wrong nothing can be used; what is in place stays until something better is whole.
		if (place === staged) rmSync(staged, { force: true });
	}
	let first: number | undefined;
	const { bytes, resumedFrom } = await downloadFile(file, {
		...job,
		folder: staging,
		onBytes(position) {
			first ??= position;
			meter.at(path, position, Math.max(0, position - first));
		},
	});
	return { path, bytes, how: resumedFrom > 0 ? "resumed" : "fetched" };
}

/** Throws AttuneError("storage") if the disk cannot take what is still to come. */
export function checkSpace(files: readonly HubFile[], { staging, target, machine }: FetchJob): void {
	const have = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
	let needed = 0;
	for (const { path, bytes = 0 } of files) {
		const whole = have(join(staging, path)) === bytes || have(join(target, path)) === bytes;
		if (!whole) needed += Math.max(0, bytes - have(join(staging, `${path}.part`)));
	}
	const free = machine.free(staging);
	if (needed === 0 || needed + spareBytes <= free) return;
	const mebibytes = (value: number): string => `${Math.ceil(value / 2 ** 20)} MiB`;
	throw new AttuneError("storage", `${mebibytes(needed)} are still to come, ${mebibytes(Math.max(0, free))} are free`, {
		file: target,
		remedy: `Free ${mebibytes(needed + spareBytes - free)}, or set ATTUNE_HOME to a folder on a larger disk.`,
	});
}

/** Puts the staged files in place of what the model's folder held, all at once, unless it holds just them. */
export function placeModel(files: readonly FetchedFile[], source: object, { staging, target }: FetchJob): void {
	const names = new Set([...files.map(({ path }) => path), sourceFile]);
	const same =
		existsSync(target) &&
		files.every(
			({ path, bytes, how }) =>
				how === "kept" && statSync(join(target, path), { throwIfNoEntry: false })?.size === bytes,
		) &&
		readdirSync(target).length === names.size &&
		sameFiles(files, staging, target);
	if (!same)
		writeFolderAtomic(target, (temporary) => {
			for (const { path } of files) linkOrCopy(join(staging, path), join(temporary, path));
			writeFileSync(join(temporary, sourceFile), `${JSON.stringify(source, undefined, "\t")}\n`);
		});
	rmSync(staging, { recursive: true, force: true });
}

/** Whether each staged file is the very file in place (a link to it). */
function sameFiles(files: readonly FetchedFile[], staging: string, target: string): boolean {
	return files.every(({ path }) => statSync(join(staging, path)).ino === statSync(join(target, path)).ino);
}

/** Some file systems (exFAT) have no links. */
function linkOrCopy(from: string, to: string): void {
	try {
		linkSync(from, to);
	} catch {
		copyFileSync(from, to);
	}
}
