/** A model that stays in memory and writes for everyone, with at most one adapter that can be exchanged while it does. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { CompletionPorts } from "#assist/complete";
import { Completer } from "#assist/completer";
import { ContextIndex } from "#assist/context/gather";
import type { Decoder } from "#assist/decoder";
import { blocksOf } from "#assist/prompt/blocks";
import { TokenCache } from "#assist/prompt/tokenCache";
import type { CancelToken } from "#base/cancel";
import { systemClock } from "#base/clock";
import type { ModelChoice, Resident } from "#protocol/serving";
import type { OrtDecoder } from "#runtime/decode/decoder";
import { detectInfillFormat } from "#text/infillFormat";
import { chatModelOf, type OpenChatModel } from "../chatModel.ts";
import type { Home } from "../home.ts";
import { type LoadedModel, loadModel } from "../loadModel.ts";
import { chatStyleOf, converses } from "../modelFiles.ts";
import { addAdapter, openDecoder } from "../openDecoder.ts";
import { LastPrompt } from "./lastPrompt.ts";
import type { Patience } from "./patience.ts";

const adapterName = "workspace";
/** Beside it the learning process may have the GPU for itself. */
const target = { provider: "cpu", dtype: "float32" } as const;

export class ResidentModel {
	readonly choice: ModelChoice;
	readonly model: LoadedModel;
	readonly decoder: OrtDecoder;
	readonly lastPrompt: LastPrompt;
	readonly #tokens: TokenCache;
	readonly #loadedInMs: number;
	readonly #converses: boolean;
	#adapter: string | null = null;
	#completer: Completer;

	static async open(choice: ModelChoice, home: Home, cancel: CancelToken): Promise<ResidentModel> {
		const started = performance.now();
		const model = await loadModel(choice.model, home, { cancel });
		const { format, threads } = choice;
		const decoder = await openDecoder(model, home, { format, target: { ...target, threads }, cancel });
		return new ResidentModel(choice, model, decoder, performance.now() - started);
	}

	private constructor(choice: ModelChoice, model: LoadedModel, decoder: OrtDecoder, loadedInMs: number) {
		this.choice = choice;
		this.model = model;
		this.decoder = decoder;
		this.#loadedInMs = loadedInMs;
		this.lastPrompt = new LastPrompt(model.tokenizer);
		this.#tokens = new TokenCache(model.tokenizer);
		this.#converses = converses(chatStyleOf(model.folder, model.tokenizer));
		this.#completer = new Completer(this.#ports());
	}

	/** Suggestions by the present adapter; what an earlier one predicted is not shown any more. */
	get completer(): Completer {
		return this.#completer;
	}

	/** So that no request has to wait for the ids of a text that it may show or draft from. */
	async encodeAhead(text: string, patience: Patience): Promise<void> {
		for (const block of blocksOf(text.replaceAll("\r\n", "\n"))) {
			await nextTurn();
			await patience.quiet();
			this.#tokens.encode(block, true);
		}
	}

	/** Throws AttuneError "adapter" if the folder holds none for this model; the present one goes on then. */
	useAdapter(folder: string | null): void {
		if (folder === null) this.decoder.removeAdapter(adapterName);
		else addAdapter(this.decoder, adapterName, folder, this.model);
		this.#adapter = folder;
		const { acceptance } = this.#completer;
		this.#completer = new Completer(this.#ports());
		this.#completer.acceptance = acceptance;
	}

	describe(fresh: boolean): Resident {
		return {
			...{ model: this.model.name, context: this.decoder.context, adapter: this.#adapter },
			infilling: detectInfillFormat(this.model.tokenizer) !== undefined,
			converses: this.#converses,
			...{ format: this.choice.format, device: target.provider },
			loadedInMs: fresh ? this.#loadedInMs : 0,
		};
	}

	release(): Promise<void> {
		return this.decoder.release();
	}

	/** To talk with, by the adapter of now; suggestions go first. */
	talker(patience: Patience): OpenChatModel {
		return chatModelOf(this.model, patience.decoder(this.#writer()), async () => {});
	}

	#writer(): Decoder {
		return this.lastPrompt.noting(this.#adapter === null ? this.decoder : this.decoder.adapted(adapterName));
	}

	#ports(): CompletionPorts {
		return {
			decoder: this.#writer(),
			format: detectInfillFormat(this.model.tokenizer),
			...{ tokens: this.#tokens, context: new ContextIndex(), clock: systemClock },
		};
	}
}
