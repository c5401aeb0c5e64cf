/** Three lines of files that judged a run, as the model goes on with them, without the adapter and with it. */
import { basename } from "node:path";
import type { SourceFile } from "#adapt/source";
import { completeAt } from "#assist/complete";
import { defaultSettings, type Situation } from "#assist/situation";
import type { CancelToken } from "#base/cancel";
import type { Example } from "#protocol/history";
import type { SessionTarget } from "#runtime/graphSession";
import { type ExamplePlace, placeToComplete } from "./examplePlace.ts";
import { absolutePath, resolveRoots } from "./feed/roots.ts";
import type { Home } from "./home.ts";
import { type OpenCompletion, openCompletion } from "./openCompletion.ts";
import { openWorkspacePolicy } from "./workspacePolicy.ts";

export interface ExamplesRequest {
	readonly roots: readonly string[];
	/** Of the files that judged, as the report names them. */
	readonly paths: readonly string[];
	readonly model: string | undefined;
	/** Folder; undefined: the base alone. */
	readonly adapter: string | undefined;
	readonly target: SessionTarget;
	readonly home: Home;
	readonly cancel: CancelToken;
}

const wanted = 3;

/** Fewer where files are gone, or hold no line to complete. The rest of the line is hidden from the model. */
export async function exampleCompletions(request: ExamplesRequest): Promise<Example[]> {
	const files = spread(placesOf(request));
	if (files.length === 0) return [];
	const opened = await openCompletion({ ...request, format: "float32" });
	try {
		const examples: Example[] = [];
		for (const { file, place } of files) {
			const { line, column } = place;
			const text = file.text.split(/\r?\n/);
			const whole = text[line - 1] ?? "";
			text[line - 1] = whole.slice(0, column - 1);
			const situation = situationOf(file, text, line, request.roots);
			const write = (side: "on" | "off") => suggestion(opened, situation, side, request.cancel);
			examples.push({
				...{ path: file.path, line, typed: whole.slice(0, column - 1), actual: whole.slice(column - 1) },
				base: await write("off"),
				adapted: request.adapter === undefined ? null : await write("on"),
			});
		}
		return examples;
	} finally {
		await opened.release();
	}
}

interface Place {
	readonly file: SourceFile;
	readonly place: ExamplePlace;
}

/** In the order of their names. The policy is asked anew. */
function placesOf({ roots, paths, home }: ExamplesRequest): Place[] {
	const resolved = resolveRoots(roots);
	const policy = openWorkspacePolicy(roots, { home });
	return [...paths].sort().flatMap((path) => {
		const item = policy.judge(absolutePath(resolved, path));
		const place = item?.kind === "file" ? placeToComplete(item.file.text) : undefined;
		return item?.kind === "file" && place !== undefined ? [{ file: item.file, place }] : [];
	});
}

/** Evenly spaced, so that nobody chose them for their results. */
function spread(places: readonly Place[]): Place[] {
	const count = Math.min(wanted, places.length);
	return Array.from({ length: count }, (_, i) => places[Math.floor(((i + 0.5) * places.length) / count)] as Place);
}

function situationOf(file: SourceFile, lines: readonly string[], line: number, roots: readonly string[]): Situation {
	const before = lines.slice(0, line).join("\n");
	return {
		...{ path: file.path, language: file.language, text: lines.join("\n"), offset: before.length, trigger: "invoked" },
		...{ repository: basename(roots[0] ?? ""), files: [], recent: [] },
	};
}

async function suggestion(
	opened: OpenCompletion,
	situation: Situation,
	side: "on" | "off",
	cancel: CancelToken,
): Promise<string | null> {
	const settings = { ...defaultSettings, oneLine: true, alternatives: 1, deadline: patience };
	const outcome = await completeAt(situation, settings, opened.ports(side), 0, cancel);
	return outcome.kind === "silence" ? null : outcome.text;
}

/** Seconds: nobody waits at a key for these. */
const patience = 60;
