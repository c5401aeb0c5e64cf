/** `attune bench decode`: tokens per second of reading a prompt, of writing after it, and of writing code with drafts, in every format. */
import { greedy } from "#assist/decoder";
import { defined } from "#base/assert";
import { neverCancelled } from "#base/cancel";
import { seededRandom } from "#base/random";
import type { ModelConfig } from "#models/config";
import type { WeightFormat } from "#models/decodeGraph";
import { linearModules, linearShape } from "#models/parameters";
import type { Adapter, ModuleAdapter } from "#runtime/adapterState";
import { prepareWeights } from "#runtime/weights";
import { attuneHome, type Home } from "../home.ts";
import { type LoadedModel, loadModel } from "../loadModel.ts";
import { openDecoder, type WritingModel } from "../openDecoder.ts";
import { draftingPlaces } from "./drafting.ts";
import { median, medianRatio } from "./medians.ts";
import { benchModel, benchShapes } from "./model.ts";
import type { BenchRow } from "./row.ts";

export interface DecodeBenchOptions {
	/** Alone; undefined: the benchmarks' own shape, then the default model. */
	readonly model: string | undefined;
	readonly formats: readonly WeightFormat[];
	readonly rounds: number;
	readonly threads: number;
	/** Opens the other side for a model and a format; undefined where it has no such format, or there is no rival. */
	readonly rival?: (model: BenchedModel, format: WeightFormat) => Promise<DecodeSide | undefined>;
	readonly onRound: (done: number, total: number) => void;
}

/** One engine with a model in it: seconds it takes to read a prompt of ids from nothing, and to write after it. */
export interface DecodeSide {
	/** What `how` says is for sides that can: others write on without drafts. */
	time(prompt: Int32Array, tokens: number, how?: HowToWrite): Promise<DecodeTimes>;
	close(): Promise<void>;
}

interface HowToWrite {
	/** Texts that the answer may repeat. */
	readonly drafts?: readonly Int32Array[];
	/** Ids that end it. */
	readonly stop?: readonly number[];
}

interface DecodeTimes {
	readonly prefill: number;
	readonly decode: number;
	/** Written in the time of `decode`. */
	readonly tokens: number;
}

/** With the folder it came from, for a rival to make its own file of. */
export type BenchedModel = WritingModel &
	Pick<LoadedModel, "name" | "folder"> &
	Partial<Pick<LoadedModel, "tokenizer">>;

const promptTokens = 256;
const writtenTokens = 64;
/** A long text, after which much of a token's time goes into keys and values; what is written after it, and how often: reading takes long. */
const longPrompt = 1_900;
const longWritten = 32;
const longRounds = 3;
/** Cursors in real code, and the most tokens before one. */
const places = 16;
const placeTokens = 384;
/** A place where less is written says nothing. */
const fewTokens = 8;
const rank = 8;

/** Both sides in turn, round after round, an adapter of rank 8 on every module loaded in each. Medians. */
export async function benchDecode(options: DecodeBenchOptions): Promise<readonly BenchRow[]> {
	const home = attuneHome();
	const loaded = await loadModel(options.model, home);
	const models = options.model === undefined ? [await benchLoaded(home), loaded] : [loaded];
	const rows: BenchRow[] = [];
	const total = models.length * options.formats.length;
	let done = 0;
	for (const model of models) {
		for (const format of options.formats) {
			rows.push(...(await benchFormat(model, format, home, options)));
			options.onRound(++done, total);
		}
	}
	return rows;
}

async function benchFormat(
	model: BenchedModel,
	format: WeightFormat,
	home: Home,
	{ rounds, threads, rival }: DecodeBenchOptions,
): Promise<readonly BenchRow[]> {
	const sides = [await openOurs(model, format, home, threads), await rival?.(model, format)];
	const rows: BenchRow[] = [];
	try {
		// The first round warms up.
		const { prefill, decode } = await timeInTurn(sides, rounds + 1, promptTokens, writtenTokens, model.config);
		rows.push(speedRow(`decode ${format}, ${model.name}`, decode, 1));
		rows.push(speedRow(`prefill ${format}, ${model.name}`, prefill, 1));
		if (model.config.maxPositions > longPrompt + longWritten) {
			const long = await timeInTurn(sides, Math.min(rounds, longRounds), longPrompt, longWritten, model.config);
			rows.push(speedRow(`decode after ${longPrompt} tokens ${format}, ${model.name}`, long.decode, 0));
		}
		if (model.tokenizer !== undefined)
			rows.push(...(await benchDrafting({ ...model, tokenizer: model.tokenizer }, format, sides)));
	} finally {
		for (const side of sides) await side?.close();
	}
	return rows;
}

/** Tokens per second of each side and round. */
async function timeInTurn(
	sides: readonly (DecodeSide | undefined)[],
	rounds: number,
	length: number,
	written: number,
	{ vocabularySize }: ModelConfig,
): Promise<{ readonly prefill: readonly number[][]; readonly decode: readonly number[][] }> {
	const random = seededRandom(3);
	const draw = (length: number) => Int32Array.from({ length }, () => random.below(vocabularySize));
	const [prefill, decode]: number[][][] = [sides.map(() => []), sides.map(() => [])];
	for (let round = 0; round < rounds; round++) {
		const [before, prompt] = [draw(promptTokens), draw(length)];
		// Whoever comes second finds the processor warm.
		const order = [...sides.entries()];
		for (const [i, side] of round % 2 === 0 ? order : order.toReversed()) {
			if (side === undefined) continue;
			// The other's threads still look for work, and its own may sleep.
			await side.time(before, 1);
			const seconds = await side.time(prompt, written);
			prefill?.[i]?.push(length / seconds.prefill);
			decode?.[i]?.push(written / seconds.decode);
		}
	}
	return { prefill: prefill ?? [], decode: decode ?? [] };
}

/** Medians of all rounds but the first `skipped`. */
function speedRow(name: string, speeds: readonly number[][], skipped: number): BenchRow {
	const [ours = [], other = []] = speeds.map((values) => values.slice(skipped));
	const row = { name, unit: "tokens/s", ours: median(ours), runs: ours.length };
	const known = other.length > 0;
	return { ...row, rival: known ? median(other) : null, ratio: known ? medianRatio(ours, other) : null };
}

/**
 * Writing at cursors in real code until the model ends, with drafts and without, beside a rival that writes as many tokens without. Tokens of
 * all places by seconds of all places.
 */
async function benchDrafting(
	{ name, tokenizer }: Pick<LoadedModel, "name" | "tokenizer">,
	format: WeightFormat,
	[ours, rival]: readonly (DecodeSide | undefined)[],
): Promise<readonly BenchRow[]> {
	const mine = defined(ours, "our side");
	const seconds = { plain: 0, drafted: 0, rival: 0 };
	let [tokens, done] = [0, -1];
	for (const { prompt, stop, drafts } of draftingPlaces(tokenizer, 4 * places, placeTokens)) {
		const plain = await mine.time(prompt, writtenTokens, { stop });
		if (plain.tokens < fewTokens) continue;
		const drafted = await mine.time(prompt, writtenTokens, { stop, drafts });
		const other = await rival?.time(prompt, plain.tokens);
		// The first one warms up.
		if (done++ < 0) continue;
		tokens += plain.tokens;
		seconds.plain += plain.decode;
		seconds.drafted += drafted.decode;
		seconds.rival += other?.decode ?? 0;
		if (done === places) break;
	}
	const other = rival === undefined ? null : tokens / seconds.rival;
	return (["plain", "drafted"] as const).map((kind) => {
		const row = { name: `code ${kind} ${format}, ${name}`, unit: "tokens/s", ours: tokens / seconds[kind] };
		return { ...row, rival: other, ratio: other && row.ours / other, runs: done };
	});
}

async function openOurs(model: BenchedModel, format: WeightFormat, home: Home, threads: number): Promise<DecodeSide> {
	const target = { provider: "cpu", dtype: "float32", threads } as const;
	const decoder = await openDecoder(model, home, { format, target });
	decoder.setAdapter("bench", seededAdapter(model.config));
	let requests = 0;
	return {
		async time(prompt, tokens, how) {
			const sequence = `${requests++}`;
			const request = { prompt, maxTokens: tokens + 1, sampling: greedy, stop: [], sequence, ...how };
			let written = -1;
			const start = performance.now();
			let first = 0;
			for await (const _ of decoder.adapted("bench").decode(request, neverCancelled)) {
				first ||= performance.now();
				written++;
			}
			const end = performance.now();
			return { prefill: (first - start) / 1000, decode: (end - first) / 1000, tokens: Math.max(0, written) };
		},
		close: () => decoder.release(),
	};
}

/** The adapter that both sides load. */
export function seededAdapter(config: ModelConfig): Adapter {
	const random = seededRandom(4);
	const values = (length: number) => Float32Array.from({ length }, () => 0.02 * (random.uniform() - 0.5));
	const modules = new Map<string, ModuleAdapter>();
	for (let layer = 0; layer < config.layers; layer++) {
		for (const module of linearModules) {
			const [out, columns] = linearShape(config, module);
			modules.set(`model.layers.${layer}.${module}`, { a: values(rank * columns), b: values(out * rank) });
		}
	}
	return { lora: { rank, alpha: 2 * rank, targets: linearModules }, modules };
}

/** The benchmarks' model, which has no tokenizer. */
async function benchLoaded(home: Home): Promise<BenchedModel> {
	const shape = benchShapes["135m"];
	const folder = benchModel(home.bench, shape);
	const weights = await prepareWeights(folder, shape.config, home.weights);
	return { name: "134M", folder, config: shape.config, weights };
}
