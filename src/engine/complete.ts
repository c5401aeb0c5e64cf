/** One inline completion, in its plainest form: a prompt, greedy tokens, the end of the line. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { linePrompt, lineStops } from "#adapt/lineInfill";
import { presets } from "#adapt/preset";
import { AttuneError } from "#base/errors";
import type { SessionTarget } from "#runtime/graphSession";
import { openAdapted } from "./adapterStore.ts";
import { feed } from "./feed.ts";
import type { Home } from "./home.ts";
import { loadModel } from "./loadModel.ts";
import { openLearner } from "./openLearner.ts";

export interface CompleteRequest {
	readonly file: string;
	/** 1-based, as editors show them. */
	readonly line: number;
	/** 1-based, in UTF-16 units; one past the end of the line is allowed. */
	readonly column: number;
	readonly model: string | undefined;
	readonly adapter: string | undefined;
	readonly target: SessionTarget;
	readonly home: Home;
}

export interface Completion {
	/** To be inserted at the cursor; empty with a reason. */
	readonly text: string;
	readonly reason: "completed" | "nothingToAdd";
	readonly tokens: number;
	readonly milliseconds: { readonly load: number; readonly prompt: number; readonly decode: number };
}

const mostTokens = 48;

export async function complete(request: CompleteRequest): Promise<Completion> {
	const started = performance.now();
	const text = await readAllowed(request.file);
	const at = offsetOf(text, request);
	const model = await loadModel(request.model, request.home);
	const { adapter, target } = request;
	const learner =
		adapter === undefined ? openLearner(model, presets.code, target, 0) : openAdapted(adapter, model, target);
	try {
		const prompt = linePrompt(text.slice(0, at), text.slice(at), mostTokens, model.tokenizer, learner.capacity);
		const stop = lineStops(model.tokenizer);
		const side = adapter === undefined ? "off" : "on";
		await learner.generate(prompt, { maxTokens: 0, stop }, side);
		const loaded = performance.now();
		const first = await learner.generate(prompt, { maxTokens: 1, stop }, side);
		const prompted = performance.now();
		const rest =
			first.length === 0
				? first
				: await learner.generate(Int32Array.of(...prompt, ...first), { maxTokens: mostTokens - 1, stop }, side);
		const ids = Int32Array.of(...first, ...rest);
		const line = model.tokenizer.decode(ids, true).split(/[\r\n]/, 1)[0] ?? "";
		return {
			text: line,
			reason: line === "" ? "nothingToAdd" : "completed",
			tokens: ids.length,
			milliseconds: { load: loaded - started, prompt: prompted - loaded, decode: performance.now() - prompted },
		};
	} finally {
		await learner.release();
	}
}

/** The file's text, if the policy lets a model see it. */
async function readAllowed(file: string): Promise<string> {
	if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
		throw new AttuneError("workspace", "this is a folder, not a file", { file, remedy: "Name one file." });
	for await (const item of feed([file], { nearDuplicates: false })) {
		if (item.kind === "file") return item.file.text;
		const { reason, detail } = item.skipped;
		throw new AttuneError(
			"workspace",
			`this file is not for a model (${reason}${detail === undefined ? "" : `: ${detail}`})`,
			{
				file,
				remedy: "Choose a file of text that holds no secret.",
			},
		);
	}
	throw new AttuneError("workspace", "this is no file", { file, remedy: "Name one file." });
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
