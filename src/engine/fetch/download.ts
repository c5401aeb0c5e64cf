/** One file of a repository into a folder: resumed where it stopped, checked, under its own name only when it is whole. */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { errorNumber, storageError } from "#runtime/storageError";
import type { Hub, HubAnswer } from "./hub.ts";
import { type Checksum, checksumOf, type HubFile } from "./repository.ts";
import { retrying, Transient } from "./transient.ts";
import { checkStart, checkWhole, hasChecksum } from "./verify.ts";

/** What of the machine a download touches besides the network; tests take its place. */
export interface DownloadMachine {
	/** Bytes a user may still write into the file system of the folder. */
	free(folder: string): number;
	write(file: FileWriter, bytes: Uint8Array, position: number): Promise<unknown>;
	wait(milliseconds: number): Promise<void>;
}

export interface FileWriter {
	write(
		bytes: Uint8Array,
		offset: number,
		length: number,
		position: number,
	): Promise<{ readonly bytesWritten: number }>;
}

export interface Download {
	readonly hub: Hub;
	/** `/owner/name/resolve/commit/`. */
	readonly base: string;
	readonly folder: string;
	readonly cancel: CancelToken;
	readonly machine: DownloadMachine;
	/** Bytes of the file there so far; falls when a part had to be thrown away. */
	readonly onBytes: (bytes: number) => void;
}

/** Fetches `file` and returns its size and how many bytes an earlier try had left. Throws AttuneError; keeps a good part. */
export async function downloadFile(
	file: HubFile,
	download: Download,
): Promise<{ readonly bytes: number; readonly resumedFrom: number }> {
	const { hub, folder, cancel, machine } = download;
	const part = openPart(join(folder, file.path));
	const resumedFrom = part.bytes();
	let expected = file.checksum;
	// The furthest ever: a host that lets go at the same byte each time makes no progress.
	let furthest = resumedFrom;
	const progress = (): number => {
		furthest = Math.max(furthest, part.bytes());
		return furthest;
	};
	const options = { progress, wait: machine.wait, host: hub.settings.host };
	for (let whole = part.bytes() === 0; ; whole = true) {
		await retrying(async () => {
			// A mirror's ETag may be a hash of another kind.
			const named = await receive(file, part, download);
			expected = file.checksum ?? named;
		}, options);
		throwIfCancelled(cancel);
		if (expected === undefined || (await hasChecksum(part.file, expected, cancel))) break;
		part.discard();
		// What was pieced together of several tries may be at fault: once more from the beginning.
		if (whole) throw wrongChecksum(file, hub.settings.host);
	}
	const bytes = part.bytes();
	try {
		checkWhole(part.file, file, hub.settings.host);
	} catch (error) {
		part.discard();
		throw error;
	}
	part.finish();
	return { bytes, resumedFrom };
}

interface Part {
	readonly file: string;
	bytes(): number;
	/** What the hub called the content that this is the beginning of. */
	identity(): string | undefined;
	begin(identity: string | undefined): void;
	discard(): void;
	finish(): void;
}

function openPart(target: string): Part {
	const file = `${target}.part`;
	const note = `${target}.part.of`;
	const discard = (): void => {
		rmSync(file, { force: true });
		rmSync(note, { force: true });
	};
	const part: Part = {
		file,
		bytes: () => statSync(file, { throwIfNoEntry: false })?.size ?? 0,
		identity: () => (existsSync(note) ? readFileSync(note, "utf8") : undefined),
		begin(identity) {
			discard();
			if (identity !== undefined) writeFileSync(note, identity);
			writeFileSync(file, "");
		},
		discard,
		finish() {
			renameSync(file, target);
			rmSync(note, { force: true });
		},
	};
	if (part.identity() === undefined) discard();
	return part;
}

/** One request; returns the checksum that the hub's headers name, if they do. */
async function receive(file: HubFile, part: Part, download: Download): Promise<Checksum | undefined> {
	const { hub, base } = download;
	// To a beginning of something unnamed nothing can be added.
	const have = part.identity() === undefined ? 0 : part.bytes();
	if (have > 0 && have === file.bytes) return undefined;
	const answer = await hub.open(base + encodeURIComponent(file.path), have > 0 ? { range: `bytes=${have}-` } : {});
	const identity = answer.identity ?? file.checksum?.hex;
	const from = startOf(answer, have, file);
	if (from === undefined || (from > 0 && identity !== part.identity())) {
		answer.drop();
		part.discard();
		throw new Transient("the file changed, or cannot be resumed", { retryAfterSeconds: 0 });
	}
	if (from === 0) part.begin(identity);
	const length = Number(answer.header("content-length") ?? Number.NaN);
	const total = file.bytes ?? (Number.isSafeInteger(length) ? from + length : undefined);
	try {
		await append(answer, file, { part, from, total }, download);
	} catch (error) {
		answer.drop();
		if (error instanceof AttuneError && error.code !== "cancelled" && error.code !== "storage") part.discard();
		throw error;
	}
	return checksumOf(identity);
}

/** Where the body of the answer begins in the file; undefined: nowhere useful. */
function startOf(answer: HubAnswer, have: number, file: HubFile): number | undefined {
	if (answer.status === 200) return 0;
	const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.header("content-range") ?? "") ?? [];
	const whole = total === undefined || total === "*" ? undefined : Number(total);
	if (answer.status !== 206 || Number(first) !== have) return undefined;
	return whole !== undefined && file.bytes !== undefined && whole !== file.bytes ? undefined : have;
}

interface Place {
	readonly part: Part;
	readonly from: number;
	readonly total: number | undefined;
}

async function append(
	answer: HubAnswer,
	file: HubFile,
	{ part, from, total }: Place,
	download: Download,
): Promise<void> {
	const { machine, onBytes, cancel, hub } = download;
	const handle = await open(part.file, "r+");
	let position = from;
	// As much as says what it is: the header's length and its first letter, or the beginning of a web page.
	let start: Buffer | undefined = from === 0 ? Buffer.alloc(0) : undefined;
	try {
		for await (const bytes of answer.body) {
			throwIfCancelled(cancel);
			if (start !== undefined) {
				start = Buffer.concat([start, bytes]);
				checkStart(start, total, file, hub.settings.host);
				if (start.length >= 200) start = undefined;
			}
			if (total !== undefined && position + bytes.length > total) throw tooLong(file, total, hub.settings.host);
			await machine.write(handle, bytes, position);
			position += bytes.length;
			onBytes(position);
		}
		await handle.sync();
	} catch (error) {
		throw errorNumber(error) === "ENOSPC" || errorNumber(error) === "EDQUOT"
			? diskFull(part.file, position, total, error)
			: error instanceof Transient
				? error
				: storageError(error, part.file, "saving");
	} finally {
		await handle.close();
	}
	if (total !== undefined && position < total)
		throw new Transient(`${file.path} ended after ${position} of ${total} bytes`);
}

function wrongChecksum({ path }: HubFile, host: string): AttuneError {
	return new AttuneError("network", `what ${host} sent as ${path} has not the checksum that it names`, {
		remedy: "It was thrown away. Fetch again; if it stays so, name another host with --host.",
	});
}

function tooLong({ path }: HubFile, total: number, host: string): AttuneError {
	return new AttuneError("network", `${host} sent more of ${path} than the ${total} bytes it has`, {
		remedy: "It was thrown away. Fetch again; if it stays so, name another host with --host.",
	});
}

function diskFull(file: string, position: number, total: number | undefined, cause: unknown): AttuneError {
	const left = total === undefined ? "more space" : `${Math.ceil((total - position) / 2 ** 20)} MiB`;
	return new AttuneError("storage", `the disk is full after ${Math.floor(position / 2 ** 20)} MiB of this file`, {
		file,
		remedy: `Free ${left} and fetch again: it goes on where it stopped.`,
		cause,
	});
}
