/** One inline completion of a file on disk, as an editor shows it to who asks by hand: whatever the model's confidence. */
import { basename, relative, resolve, sep } from "node:path";
import type { SourceFile } from "#adapt/source";
import { completeAt, type Outcome } from "#assist/complete";
import type { KnownFile } from "#assist/context/gather";
import type { SilenceReason } from "#assist/silence";
import { defaultSettings, type Situation } from "#assist/situation";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { readAllowed } from "./allowedFile.ts";
import { feed } from "./feed.ts";
import { type CompletionModelRequest, openCompletion } from "./openCompletion.ts";

export interface CompleteRequest extends CompletionModelRequest {
	readonly file: string;
	/** 1-based, as editors show them. */
	readonly line: number;
	/** 1-based, in UTF-16 units; one past the end of the line is allowed. */
	readonly column: number;
	/** Folder whose other files the prompt may show; undefined: none. */
	readonly workspace: string | undefined;
	/** As many lines as the syntax suggests; false: no more than the line. */
	readonly lines: boolean;
	/** Texts to choose from. */
	readonly alternatives: number;
	readonly cancel: CancelToken;
}

export interface Completion {
	/** To be inserted at the cursor; empty with a reason. */
	readonly text: string;
	/** How many characters after the cursor the text takes the place of. */
	readonly replaces: number;
	readonly reason: "completed" | SilenceReason;
	readonly tokens: number;
	/** 0 to 1: see `Confidence`. */
	readonly confidence: number | null;
	/** `prefixOnly`: the model has no infilling format. */
	readonly mode: "infill" | "prefixOnly" | null;
	readonly alternatives: readonly string[];
	readonly milliseconds: { readonly load: number; readonly prompt: number; readonly decode: number };
}

export async function complete(request: CompleteRequest): Promise<Completion> {
	const started = performance.now();
	const file = await readAllowed(request.file);
	const situation = await situationIn(file, request);
	const opened = await openCompletion(request);
	try {
		const loaded = performance.now();
		const settings = {
			...{ ...defaultSettings, oneLine: !request.lines, alternatives: request.alternatives },
		};
		const ports = opened.ports(request.adapter === undefined ? "off" : "on");
		const outcome = await completeAt(situation, settings, ports, 0, request.cancel);
		if (outcome.kind === "silence" && outcome.reason === "cancelled") throwIfCancelled(request.cancel);
		return report(outcome, loaded - started, performance.now() - loaded);
	} finally {
		await opened.release();
	}
}

function report(outcome: Outcome, load: number, elapsed: number): Completion {
	if (outcome.kind === "silence")
		return {
			...{ text: "", replaces: 0, reason: outcome.reason, tokens: 0, confidence: null, mode: null, alternatives: [] },
			milliseconds: { load, prompt: elapsed, decode: 0 },
		};
	const { text, replaces, tokens, confidence, mode, alternatives, milliseconds } = outcome;
	return {
		...{ text, replaces, reason: "completed", tokens, confidence: confidence.value, mode },
		alternatives: alternatives.map((other) => other.text),
		milliseconds: { load, ...milliseconds },
	};
}

async function situationIn(file: SourceFile, request: CompleteRequest): Promise<Situation> {
	const { workspace } = request;
	const offset = offsetOf(file.text, request);
	const path = workspace === undefined ? file.path : pathIn(workspace, request.file);
	return {
		...{ path, language: file.language, text: file.text, offset, trigger: "invoked" },
		...{ repository: basename(resolve(workspace ?? ".")), recent: [] },
		files: workspace === undefined ? [] : await knownFiles(workspace, request.cancel),
	};
}

function pathIn(workspace: string, file: string): string {
	const path = relative(workspace, file).replaceAll(sep, "/");
	if (!path.startsWith("../")) return path;
	throw new AttuneError("usage", `the file is not in ${workspace}`, { file, remedy: "Name a folder that holds it." });
}

const mostFiles = 400;

/** Files of the workspace that a model may see, as if they were open. */
async function knownFiles(workspace: string, cancel: CancelToken): Promise<KnownFile[]> {
	const files: KnownFile[] = [];
	for await (const item of feed([workspace], { nearDuplicates: false, cancel })) {
		if (item.kind === "file") files.push({ path: item.file.path, text: item.file.text, open: true });
		if (files.length === mostFiles) break;
	}
	return files;
}

/** UTF-16 offset of a 1-based line and column. */
function offsetOf(text: string, { file, line, column }: CompleteRequest): number {
	const lines = text.split("\n");
	const length = (lines[line - 1] ?? "").replace(/\r$/, "").length;
	if (line > lines.length || column > length + 1)
		throw new AttuneError("usage", `${basename(file)} has no line ${line}, column ${column}`, {
			file,
			remedy: `It has ${lines.length} lines${line > lines.length ? "" : `, and line ${line} has ${length} characters`}.`,
		});
	return lines.slice(0, line - 1).reduce((sum, before) => sum + before.length + 1, 0) + column - 1;
}
