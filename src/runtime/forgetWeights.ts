import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ModelConfig } from "#models/config";
import { openCheckpoint } from "./checkpoint.ts";
import { identify, knownFile, readKnownHash } from "./sourceIdentity.ts";

/** Deletes what was prepared of the model in `folder`: its cache of weights, and that its hash is known. Its own files stay. */
export function forgetWeights(folder: string, config: ModelConfig, cacheFolder: string): void {
	const checkpoint = openCheckpoint(folder);
	try {
		const identity = identify(checkpoint, config);
		const hash = readKnownHash(cacheFolder, identity);
		if (hash === undefined) return;
		rmSync(join(cacheFolder, hash), { recursive: true, force: true, maxRetries: 3 });
		rmSync(knownFile(cacheFolder, identity), { force: true });
	} finally {
		checkpoint.close();
	}
}
