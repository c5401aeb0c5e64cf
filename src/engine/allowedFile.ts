import { statSync } from "node:fs";
import type { SkippedFile, SourceFile } from "#adapt/source";
import { AttuneError } from "#base/errors";
import { feed } from "./feed.ts";
import { skipRemedy, whySkipped } from "./skipRemedy.ts";

/** The file, if the policy lets a model see it; AttuneError "workspace" with the reason if not. */
export async function readAllowed(file: string): Promise<SourceFile> {
	if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
		throw new AttuneError("workspace", "this is a folder, not a file", { file, remedy: "Name one file." });
	for await (const item of feed([file], { nearDuplicates: false })) {
		if (item.kind === "file") return item.file;
		throw refused(file, item.skipped);
	}
	throw new AttuneError("workspace", "this is no file", { file, remedy: "Name one file." });
}

/** Why no model may see the file. */
export function refused(file: string, skipped: SkippedFile): AttuneError {
	return new AttuneError("workspace", `this file is not for a model (${whySkipped(skipped)})`, {
		file,
		remedy: skipRemedy([skipped]),
	});
}
