/** What benchmarks ask the serving process for, and what that may take at least. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CompletionSettings, defaultSettings } from "#assist/situation";
import type { WeightFormat } from "#models/decodeGraph";
import { residentWeightBytes } from "#models/servingNeeds";
import type { CompleteParams } from "#protocol/serving";
import { writeAdapter } from "#runtime/adapterFolder";
import { attuneHome, programFile } from "../home.ts";
import { loadModel } from "../loadModel.ts";
import { situationsOfTyping } from "./complete.ts";
import { seededAdapter } from "./decode.ts";

export interface ServedModel {
	readonly weightMiB: number;
	/** PEFT folder of an adapter for it. */
	readonly adapter: string;
}

/** The model in numbers, and an adapter that is written below `place`. */
export async function servedModel(
	model: string | undefined,
	format: WeightFormat,
	place: string,
): Promise<ServedModel> {
	const { config, weights, name } = await loadModel(model, attuneHome());
	const adapter = join(place, "adapter");
	writeAdapter(adapter, seededAdapter(config), name, { baseModelHash: weights.hash });
	return { weightMiB: residentWeightBytes(config, format) / 2 ** 20, adapter };
}

/** A request per key of so many lines that are typed into a file, each answered however long it takes. */
export function typingRequests(path: string, lines: number, changed: Partial<CompletionSettings>): CompleteParams[] {
	const settings = { ...defaultSettings, deadline: Number.POSITIVE_INFINITY, ...changed };
	return situationsOfTyping(path, lines).map(({ files: _, recent: __, ...situation }) => ({ situation, settings }));
}

/** Resident memory of a process with onnxruntime and nothing else. */
export async function bareMiB(): Promise<number> {
	const { stdout } = await promisify(execFile)(process.execPath, [programFile("bare")]);
	return Number(stdout) / 2 ** 20;
}
