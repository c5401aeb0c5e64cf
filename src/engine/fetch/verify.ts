/** Whether what came is what was asked for. */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError, messageOf } from "#base/errors";
import { headerLength } from "#runtime/safetensorsHeader";
import type { Checksum, HubFile } from "./repository.ts";

/** Whether the file has this checksum. */
export async function hasChecksum(path: string, { algorithm, hex }: Checksum, cancel: CancelToken): Promise<boolean> {
	const hash = createHash(algorithm === "sha256" ? "sha256" : "sha1");
	if (algorithm === "gitBlob") hash.update(`blob ${statSync(path).size}\0`);
	for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
		throwIfCancelled(cancel);
		hash.update(part as Buffer);
	}
	return hash.digest("hex") === hex;
}

/** Refuses what is plainly something else by its first bytes, before gigabytes of it have come. */
export function checkStart(start: Uint8Array, total: number | undefined, { path }: HubFile, host: string): void {
	const text = Buffer.from(start.subarray(0, 200)).toString("latin1").trimStart();
	const fail = (what: string): never => {
		throw new AttuneError("network", `${host} sent ${what} instead of ${path}`, {
			remedy: "Check that nothing stands between, such as a network's login page, or name another host with --host.",
		});
	};
	if (/^<(?:!doctype|html|head|\?xml)/i.test(text)) fail("a web page");
	if (text.startsWith("version https://git-lfs")) fail("a pointer of Git LFS");
	if (path.endsWith(".json") && text !== "" && !/^(?:\xef\xbb\xbf)?\s*[[{]/.test(text))
		fail("something that is not JSON");
	if (!path.endsWith(".safetensors") || start.length < 9) return;
	headerLength(start.subarray(0, 8), total ?? Number.MAX_SAFE_INTEGER, path);
	if (start[8] !== 0x7b) fail("something that is not safetensors");
}

/** Refuses a finished file that cannot be read, whatever its checksum says. */
export function checkWhole(path: string, { path: name }: HubFile, host: string): void {
	if (!name.endsWith(".json")) return;
	try {
		JSON.parse(readFileSync(path, "utf8").replace(/^\ufeff/, ""));
	} catch (error) {
		throw new AttuneError("network", `${host} sent a ${name} that is not JSON (${messageOf(error).split("\n")[0]})`, {
			remedy: "Fetch again; if it stays so, name another host or revision.",
			cause: error,
		});
	}
}
