/** A model that scores, with the workspace's adapter where there is one: whole files by the cache of their windows, or token by token. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AdapterSwitch, TokenWindow, WindowScore } from "#adapt/learner";
import { presets } from "#adapt/preset";
import { addSums, scoreKnown } from "#adapt/scoring";
import type { WindowSum } from "#adapt/select";
import type { SourceFile } from "#adapt/source";
import { cutWindows, type TokenDocument, tokenizeFile, wholeRange } from "#adapt/windows";
import { type CancelToken, neverCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import type { SessionTarget } from "#runtime/graphSession";
import type { OrtLearner } from "#runtime/learner";
import { openAdapted } from "./adapterStore.ts";
import { type Home, workspaceFiles } from "./home.ts";
import { type LoadedModel, loadModel } from "./loadModel.ts";
import { openLearner } from "./openLearner.ts";
import { type ScoreFile, scoreFile } from "./scoreCache.ts";

export interface ScorerOptions {
	/** The workspace's folders. */
	readonly roots: readonly string[];
	readonly model: string | undefined;
	readonly target: SessionTarget;
	readonly home: Home;
}

/** One call at a time. */
export class Scorer {
	readonly model: LoadedModel;
	readonly adapter: AdapterSwitch;
	/** Of model and adapter, as they were when it was opened. */
	readonly id: string;
	readonly #learner: OrtLearner;
	readonly #cache: ScoreFile;

	static async open({ roots, model: name, target, home }: ScorerOptions): Promise<Scorer> {
		const model = await loadModel(name, home);
		const files = workspaceFiles(home, roots);
		const adapted = openServed(files.adapter, model, target);
		const id = adapted === undefined ? model.id : `${model.id}+${adapterHash(files.adapter)}`;
		const learner = adapted ?? openLearner(model, presets.code, target, 0);
		const cache = scoreFile(adapted === undefined ? files.scores : files.adapterScores, target.provider);
		return new Scorer(model, adapted === undefined ? "off" : "on", id, learner, cache);
	}

	private constructor(model: LoadedModel, adapter: AdapterSwitch, id: string, learner: OrtLearner, cache: ScoreFile) {
		this.model = model;
		this.adapter = adapter;
		this.id = id;
		this.#learner = learner;
		this.#cache = cache;
	}

	/** The sum over a file's tokens, and the bytes they stand for. */
	async scoreFile(
		file: SourceFile,
		cancel: CancelToken = neverCancelled,
	): Promise<WindowSum & { readonly bytes: number }> {
		const windows = this.windows(this.tokenize(file));
		const context = { learner: this.#learner, cache: this.#cache, modelId: this.id, cancel };
		const sum = addSums(await scoreKnown(windows, this.adapter, context));
		return { ...sum, bytes: windows.reduce((bytes, window) => bytes + window.bytes, 0) };
	}

	tokenize(file: SourceFile): TokenDocument {
		return tokenizeFile(file, this.model.tokenizer);
	}

	windows(document: TokenDocument): TokenWindow[] {
		const { tokenizer } = this.model;
		return cutWindows(document, wholeRange(document), this.#learner.capacity, tokenizer).map(({ window }) => window);
	}

	async scoreWindow(window: TokenWindow): Promise<WindowScore> {
		return (await this.#learner.score([window], this.adapter))[0] as WindowScore;
	}

	/** What the model thinks comes after `prompt`, as text; null where the text ends, or where half a character comes. */
	async likeliest(prompt: Int32Array): Promise<string | null> {
		const { tokenizer } = this.model;
		const ids = await this.#learner.generate(prompt, { maxTokens: 1, stop: tokenizer.endOfText }, this.adapter);
		const text = tokenizer.decode(ids, true);
		return text === "" || text.includes("\ufffd") ? null : text;
	}

	/** Keeps what was scored. */
	flush(): void {
		this.#cache.flush();
	}

	async release(): Promise<void> {
		this.flush();
		await this.#learner.release();
	}
}

/** Undefined where there is none, or one of another model. */
function openServed(folder: string, model: LoadedModel, target: SessionTarget): OrtLearner | undefined {
	if (!existsSync(join(folder, "attune.json"))) return undefined;
	try {
		return openAdapted(folder, model, target);
	} catch (error) {
		if (error instanceof AttuneError && error.code === "adapter") return undefined;
		throw error;
	}
}

/** Of an adapter's weights. */
export function adapterHash(folder: string): string {
	const bytes = readFileSync(join(folder, "adapter_model.safetensors"));
	return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}
