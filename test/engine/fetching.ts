/** A tiny model on a hub of the test's own, and what is asked of it. */
import { equal, match } from "node:assert/strict";
import { CancelSource } from "#base/cancel";
import { AttuneError } from "#base/errors";
import type { DownloadMachine } from "#engine/fetch/download";
import { type FetchedModel, type FetchRequest, fetchModel } from "#engine/fetchModel";
import { attuneHome, type Home } from "#engine/home";
import { parseConfig } from "#models/config";
import { goldenJson, goldenTokenizer } from "#test/golden/tokenizerGolden";
import { craftTensors, randomTensors, tinyConfigJson } from "#test/runtime/crafted";
import { inTemporaryFolder } from "#test/runtime/temporary";
import { type HubFileContent, type HubOptions, repositoryId, startHub, type TestHub } from "#test/support/hub";

/** Id of the end of a text. */
export const end = goldenTokenizer("starcoder").special("<|endoftext|>") ?? -1;
const configJson = { ...tinyConfigJson, vocab_size: 2560, bos_token_id: end, eos_token_id: end };
const config = parseConfig(configJson, "config.json");
const tensors = randomTensors(config);
const whole: HubFileContent = { content: craftTensors(tensors, "F32"), lfs: true };

export function weights(): HubFileContent {
	return whole;
}

/** Padded with blanks in its header, so that it comes in many pieces. */
export function hugeWeights(): HubFileContent {
	return { content: craftTensors(tensors, "F32", 2 ** 20), lfs: true };
}

export function text(content: unknown): HubFileContent {
	return { content: Buffer.from(typeof content === "string" ? content : JSON.stringify(content)), lfs: false };
}

export function modelFiles(model = weights()): Record<string, HubFileContent> {
	return { ...smallFiles(), "model.safetensors": model };
}

function smallFiles(): Record<string, HubFileContent> {
	return {
		".gitattributes": text("*.safetensors filter=lfs"),
		LICENSE: text("Do what you like."),
		"README.md": text("# Tiny"),
		"chat_template.jinja": text("{{ messages[0].content }}"),
		"config.json": text(configJson),
		"tokenizer.json": { ...text(goldenJson("starcoder")), lfs: true },
	};
}

export function shards(): Record<string, HubFileContent> {
	const names = [...tensors.keys()];
	const half = Math.floor(names.length / 2);
	const shard = (from: number, to: number) =>
		({ content: craftTensors(new Map([...tensors].slice(from, to)), "F32"), lfs: true }) as const;
	const file = (i: number): string => `model-0000${i + 1}-of-00002.safetensors`;
	const map = Object.fromEntries(names.map((name, i) => [name, file(i < half ? 0 : 1)]));
	return {
		...smallFiles(),
		"model.safetensors.index.json": text({ metadata: {}, weight_map: map }),
		[file(0)]: shard(0, half),
		[file(1)]: shard(half, names.length),
	};
}

/** Repositories that are not worth a byte of weights: files, code and reason of the refusal. */
export function noFetch(): readonly [string, Record<string, HubFileContent>, string, RegExp][] {
	const without = (...names: string[]) =>
		Object.fromEntries(
			Object.entries({ ...modelFiles(), "tokenizer.json": text(goldenJson("starcoder")) }).filter(
				([name]) => !names.includes(name),
			),
		);
	const change = (files: Record<string, HubFileContent>) => ({ ...without(), ...files });
	return [
		[
			"a model of another kind",
			change({ "config.json": text({ model_type: "bert" }) }),
			"unsupported",
			/"bert" is not supported/,
		],
		[
			"a quantised model",
			change({ "config.json": text({ ...configJson, quantization_config: {} }) }),
			"unsupported",
			/quantization_config/,
		],
		[
			"a config that is a web page",
			change({ "config.json": text("<!DOCTYPE html>") }),
			"network",
			/sent a web page instead of config.json/,
		],
		[
			"a config that is cut off",
			change({ "config.json": text('{"model_type": "llama"') }),
			"network",
			/config.json that is not JSON/,
		],
		[
			"a tokenizer of another model",
			change({ "tokenizer.json": text(goldenJson("metaspace")) }),
			"tokenizer",
			/of another model/,
		],
		["a repository without a config", without("config.json"), "unsupported", /no config.json: it is no model/],
		["an adapter", { ...without("config.json"), "adapter_config.json": text({}) }, "unsupported", /it is an adapter/],
		["a repository without a tokenizer", without("tokenizer.json"), "unsupported", /no tokenizer.json/],
		[
			"weights of another format",
			{ ...without("model.safetensors"), "pytorch_model.bin": weights() },
			"unsupported",
			/only pytorch_model.bin/,
		],
		[
			"an index that names what is not there",
			{ ...without("model.safetensors"), "model.safetensors.index.json": text({ weight_map: { a: "b.safetensors" } }) },
			"weights",
			/names b.safetensors, which some-owner\/tiny-model does not have/,
		],
		[
			"an index that names a file elsewhere",
			{
				...without("model.safetensors"),
				"model.safetensors.index.json": text({ weight_map: { a: "../b.safetensors" } }),
			},
			"weights",
			/is not the name of a safetensors file/,
		],
	];
}

export function inHub(
	options: Partial<HubOptions>,
	work: (hub: TestHub, home: Home) => Promise<unknown>,
): Promise<void> {
	return inTemporaryFolder(async (folder) => {
		const hub = await startHub({ files: modelFiles(), ...options });
		try {
			await work(hub, attuneHome({ ATTUNE_HOME: folder }));
		} finally {
			await hub.close();
		}
	});
}

export interface FetchChange extends Partial<Omit<FetchRequest, "machine">> {
	readonly machine?: Partial<DownloadMachine>;
	/** Milliseconds that were waited for, in slices. */
	readonly waits?: number[];
}

/** `fetchModel` of the hub's only model; waiting takes no time. */
export function fetchFrom(hub: Pick<TestHub, "url">, home: Home, change: FetchChange = {}): Promise<FetchedModel> {
	const { machine, waits, ...rest } = change;
	return fetchModel({
		repository: repositoryId,
		hub: { host: hub.url, environment: {} },
		home,
		cancel: new CancelSource(),
		onProgress: () => {},
		...rest,
		machine: {
			free: () => 2 ** 40,
			write: (file, bytes, position) => file.write(bytes, 0, bytes.length, position),
			wait: async (milliseconds) => void waits?.push(milliseconds),
			...machine,
		},
	});
}

export function failure(code: string, reason: RegExp, remedy = /.{10}/): (error: unknown) => true {
	return (error) => {
		if (!(error instanceof AttuneError)) throw error;
		equal(error.code, code, error.message);
		match(error.message, reason);
		match(error.remedy, remedy);
		return true;
	};
}
