import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { ModelConfig } from "#models/config";
import { writeFileAtomic } from "./atomic.ts";
import type { Checkpoint } from "./checkpoint.ts";

/**
 * A key that changes whenever a weight file may have: real paths, sizes, times of change and the headers' bytes. Hashing the weights
 * themselves takes seconds, so their hash is remembered under this key.
 */
export function identify(checkpoint: Checkpoint, config: ModelConfig): string {
	const hash = createHash("sha256").update(JSON.stringify(config));
	for (const { file, size, modifiedMs, changedMs, headerBytes } of checkpoint.files) {
		hash.update(JSON.stringify([realpathSync(file), size, modifiedMs, changedMs])).update(headerBytes);
	}
	return hash.digest("hex");
}

/** The model hash remembered for a source, if any. */
export function readKnownHash(cacheFolder: string, identity: string): string | undefined {
	const file = knownFile(cacheFolder, identity);
	if (!existsSync(file)) return undefined;
	const text = readFileSync(file, "utf8").trim();
	// Anything else is damage; the weights are simply read again.
	return /^[0-9a-f]{64}$/.test(text) ? text : undefined;
}

export function saveKnownHash(cacheFolder: string, identity: string, hash: string): void {
	writeFileAtomic(knownFile(cacheFolder, identity), `${hash}\n`);
}

export function knownFile(cacheFolder: string, identity: string): string {
	return join(cacheFolder, "known", `${identity}.txt`);
}
