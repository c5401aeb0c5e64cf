/** How often a suggestion is what stands there, by how sure the model was of it: `attune eval confidence`. */
import type { SourceFile } from "#adapt/source";
import { completeAt } from "#assist/complete";
import { type Judged, type ReliabilityBin, reliabilityBins, type Threshold, thresholdOf } from "#assist/reliability";
import { defaultSettings, type Situation } from "#assist/situation";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { type Random, seededRandom } from "#base/random";
import { feed } from "../feed.ts";
import { type CompletionModelRequest, openCompletion } from "../openCompletion.ts";

export interface ConfidenceRequest extends CompletionModelRequest {
	/** Folder or file of code that the model was not trained on. */
	readonly path: string;
	/** Cursors in all, as many in each file. */
	readonly places: number;
	readonly seed: number;
	/** Share of shown suggestions that is to be right, besides the usual ones. */
	readonly wanted: number | undefined;
	readonly cancel: CancelToken;
	readonly onPlace: (done: number, all: number) => void;
}

export interface ConfidenceResult {
	readonly model: string;
	readonly files: number;
	readonly places: number;
	/** Suggestions, whatever their confidence, and how many were the rest of the line. */
	readonly suggestions: number;
	readonly right: number;
	/** Places without a suggestion, by reason. */
	readonly silent: Readonly<Record<string, number>>;
	readonly bins: readonly ReliabilityBin[];
	readonly thresholds: readonly Threshold[];
}

/** A quarter is what Cursor shows from; half is twice as strict. */
const usual = [0.25, 0.3, 0.4, 0.5, 0.6, 0.7];

export async function evaluateConfidence(request: ConfidenceRequest): Promise<ConfidenceResult> {
	const { cancel, adapter, path, home, wanted } = request;
	const files: SourceFile[] = [];
	for await (const item of feed([path], { cancel, home })) if (item.kind === "file") files.push(item.file);
	const cursors = placesIn(files, request.places, seededRandom(request.seed));
	if (cursors.length === 0)
		throw new AttuneError("usage", "holds no line to be completed", { file: path, remedy: "Name a folder of code." });
	const opened = await openCompletion(request);
	try {
		const ports = opened.ports(adapter === undefined ? "off" : "on");
		const judged: Judged[] = [];
		const silent: Record<string, number> = {};
		for (const [i, { situation, rest }] of cursors.entries()) {
			throwIfCancelled(cancel);
			const outcome = await completeAt(situation, settings, ports, 0, cancel);
			if (outcome.kind === "silence") {
				if (outcome.reason === "cancelled") throwIfCancelled(cancel);
				silent[outcome.reason] = (silent[outcome.reason] ?? 0) + 1;
			} else judged.push({ confidence: outcome.confidence.value, right: outcome.text.trimEnd() === rest });
			request.onPlace(i + 1, cursors.length);
		}
		const shares = wanted === undefined ? usual : [...new Set([...usual, wanted])].sort((a, b) => a - b);
		return {
			...{ model: opened.model.name, files: files.length, places: cursors.length, silent },
			...{ suggestions: judged.length, right: judged.filter(({ right }) => right).length },
			...{ bins: reliabilityBins(judged), thresholds: shares.map((share) => thresholdOf(judged, share)) },
		};
	} finally {
		await opened.release();
	}
}

const settings = { ...defaultSettings, oneLine: true, threshold: 0, deadline: Number.POSITIVE_INFINITY };

interface Cursor {
	readonly situation: Situation;
	/** What stands behind the cursor on its line, and was taken out. */
	readonly rest: string;
}

/** Cursors in lines as they are typed: half at the beginning of a line's text, half somewhere in it. */
export function placesIn(files: readonly SourceFile[], count: number, random: Random): Cursor[] {
	const cursors: Cursor[] = [];
	for (const [i, file] of files.entries()) {
		const share = Math.round(((i + 1) * count) / files.length) - Math.round((i * count) / files.length);
		const lines = file.text.split("\n");
		const worth = lines.flatMap((line, index) => (line.trim().length >= leastLine ? [index] : []));
		for (let k = 0; k < share && worth.length > 0; k++) {
			const index = worth[random.below(worth.length)] as number;
			cursors.push(cursorAt(file, lines, index, random));
		}
	}
	return cursors;
}

/** Characters of a line worth completing. */
const leastLine = 4;

function cursorAt(file: SourceFile, lines: readonly string[], index: number, random: Random): Cursor {
	const line = lines[index] as string;
	const indent = line.length - line.trimStart().length;
	const column = random.uniform() < 0.5 ? indent : indent + 1 + random.below(line.trimEnd().length - indent - 2);
	const before = [...lines.slice(0, index), line.slice(0, column)].join("\n");
	const after = lines.slice(index + 1).map((next) => `\n${next}`);
	return {
		rest: line.slice(column).trimEnd(),
		situation: {
			...{ path: file.path, language: file.language, text: before + after.join(""), offset: before.length },
			...{ trigger: "typing", repository: "evaluation", files: [], recent: [] },
		},
	};
}
