/** Answers about a workspace, beside a model or without one. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SkippedFile } from "#adapt/source";
import { AttuneError } from "#base/errors";
import type { Connection } from "#protocol/connection";
import { keptFor, type Listing, listFiles, type MayReadParams, mayRead, type Readable } from "#protocol/workspace";
import { feed } from "../feed.ts";
import { type Home, workspaceFiles } from "../home.ts";
import { openWorkspacePolicy } from "../workspacePolicy.ts";

/** To be called before `connection` listens. */
export function serveWorkspace(connection: Connection, home: Home): void {
	connection.handle(mayRead, async (params) => judge(params, home));
	connection.handle(keptFor, async ({ roots }) => {
		const { adapter, checkpoint } = workspaceFiles(home, roots);
		const has = (folder: string, file: string) => existsSync(join(folder, file));
		return { adapter: has(adapter, "attune.json") ? adapter : null, resumable: has(checkpoint, "state.bin") };
	});
	connection.handle(listFiles, async ({ roots }, cancel): Promise<Listing> => {
		const used: { path: string; bytes: number }[] = [];
		const skipped: SkippedFile[] = [];
		for await (const item of feed(roots, { cancel, home })) {
			if (item.kind === "file") used.push({ path: item.file.path, bytes: item.file.bytes });
			else skipped.push(item.skipped);
		}
		return { used, skipped };
	});
}

/** A file outside the workspace counts as named on purpose: ignore files say nothing about it, secrets do. */
function judge({ roots, file, text }: MayReadParams, home: Home): Readable {
	try {
		const bytes = Buffer.from(text);
		const inside = roots.length > 0 ? openWorkspacePolicy(roots, { home }).judge(file, bytes) : undefined;
		const item = inside ?? openWorkspacePolicy([file], { home }).judge(file, bytes);
		if (item === undefined) return { kind: "refused", reason: "unreadable" };
		if (item.kind === "file") return { kind: "allowed", path: item.file.path };
		return { kind: "refused", reason: item.skipped.reason };
	} catch (error) {
		if (error instanceof AttuneError) return { kind: "refused", reason: "unreadable" };
		throw error;
	}
}
