/** Serving what keep-learning learned. It learns for minutes, and the user may choose meanwhile what is served. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { serveRun } from "./history.ts";
import type { WorkspaceFiles } from "./home.ts";
import { adapterHash } from "./scorer.ts";

/** Which adapter a workspace serves, by its weights; null: none. */
export function servedNow(adapter: string): string | null {
	return existsSync(join(adapter, "attune.json")) ? adapterHash(adapter) : null;
}

/** Serves the run where that which it was judged against still is served. False: another one is, or none, and stays. */
export function serveUnlessOverruled(
	places: Pick<WorkspaceFiles, "adapter" | "history">,
	run: string,
	judgedAgainst: string | null,
): boolean {
	if (servedNow(places.adapter) !== judgedAgainst) return false;
	serveRun(places, run);
	return true;
}
