/** Which repository, and which of its files a model needs. */
import { AttuneError } from "#base/errors";
import { type Fields, fieldsOf } from "#base/fields";
import { fetchedName } from "../models.ts";

export interface Repository {
	/** `owner/name`. */
	readonly id: string;
	/** Branch, tag or commit. */
	readonly revision: string;
	/** Of its folder among the models. */
	readonly folder: string;
}

/** Reads `owner/name` or `owner/name@revision`; throws a usage error. */
export function parseRepository(text: string): Repository {
	const match = /^([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?$/.exec(text);
	const [, id, revision] = match ?? [];
	const parts = text.split(/[/@]/);
	if (id === undefined || parts.some((part) => part === "" || part.startsWith(".") || part.includes("..")))
		throw new AttuneError("usage", `"${text}" is not the name of a model on a hub`, {
			remedy: "Write owner/name or owner/name@revision, as in Qwen/Qwen2.5-Coder-0.5B.",
		});
	return { id, revision: revision ?? "main", folder: fetchedName(text) };
}

/** What a file must hash to: SHA-256 of its bytes (large files), or SHA-1 of it as a Git blob. */
export interface Checksum {
	readonly algorithm: "sha256" | "gitBlob";
	/** Lower-case hexadecimal. */
	readonly hex: string;
}

export interface HubFile {
	readonly path: string;
	/** undefined: the host does not say. */
	readonly bytes: number | undefined;
	readonly checksum: Checksum | undefined;
}

export interface Listing {
	/** The revision as a commit, where the host says it: files of one fetch belong together. */
	readonly commit: string | undefined;
	readonly files: readonly HubFile[];
}

/** Reads the answer of `/api/models/{id}/revision/{revision}?blobs=true`. */
export function parseListing(json: unknown, url: string): Listing {
	const remedy = "Check that the host speaks the Hugging Face Hub's API, or name another with --host.";
	const fields = fieldsOf(json, { code: "network", file: url, remedy });
	const siblings = fields.raw("siblings");
	if (!Array.isArray(siblings)) return fields.fail('"siblings", the list of files, is missing');
	const commit = fields.raw("sha");
	return {
		commit: typeof commit === "string" && /^[0-9a-f]{40}$/.test(commit) ? commit : undefined,
		files: siblings.map((sibling: unknown, i) => parseFile(fields.child(sibling, `siblings[${i}]`))),
	};
}

function parseFile(file: Fields): HubFile {
	const lfs = file.nested("lfs");
	const bytes = lfs?.raw("size") ?? file.raw("size");
	return {
		path: file.string("rfilename"),
		bytes: typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined,
		checksum: checksumOf(lfs?.raw("sha256") ?? lfs?.raw("oid") ?? (lfs === undefined ? file.raw("blobId") : undefined)),
	};
}

/** A checksum as hubs write them, in lists or as an ETag: 64 digits are SHA-256, 40 a Git blob; others say nothing. */
export function checksumOf(text: unknown): Checksum | undefined {
	if (typeof text !== "string" || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text)) return undefined;
	return { algorithm: text.length === 64 ? "sha256" : "gitBlob", hex: text.toLowerCase() };
}

const small = /^(?:config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens)\.json$/;
const beside = /^(?:chat_template\.jinja|(?:licen[cs]e|notice|copying|use_policy)(?:[.-][\w.-]*)?)$/i;

/** The small files that matter, config.json first: it decides whether anything else is worth fetching. */
export function smallFiles({ files }: Listing, repository: Repository): readonly [HubFile, ...HubFile[]] {
	const config = files.find(({ path }) => path === "config.json");
	if (config === undefined) throw noModel(files, repository);
	if (!files.some(({ path }) => path === "tokenizer.json"))
		throw new AttuneError("unsupported", `${repository.id} has no tokenizer.json`, {
			remedy: "Choose a model with one, or convert its tokenizer with transformers' save_pretrained.",
		});
	const others = files.filter((file) => file !== config && (small.test(file.path) || beside.test(file.path)));
	return [config, ...others];
}

function noModel(files: readonly HubFile[], { id }: Repository): AttuneError {
	const has = (end: string): boolean => files.some(({ path }) => path.endsWith(end));
	const what = has("adapter_config.json")
		? "it is an adapter, not a model"
		: has(".gguf")
			? "it holds only GGUF files"
			: "it is no model that transformers could load";
	return new AttuneError("unsupported", `${id} has no config.json: ${what}`, {
		remedy: "Choose the repository of the model itself, with config.json, tokenizer.json and *.safetensors.",
	});
}

const weightIndex = "model.safetensors.index.json";
const single = "model.safetensors";

/** The one file of weights, or the parts that `shards` finds in the index. */
export async function weightFiles(
	{ files }: Listing,
	repository: Repository,
	shards: (index: HubFile) => Promise<readonly string[]>,
): Promise<readonly HubFile[]> {
	const find = (name: string): HubFile | undefined => files.find(({ path }) => path === name);
	const whole = find(single);
	if (whole !== undefined) return [whole];
	const index = find(weightIndex);
	if (index === undefined) {
		const other = files.find(({ path }) => /\.(?:bin|pt|pth|gguf|h5|msgpack)$/.test(path));
		throw new AttuneError(
			"unsupported",
			`${repository.id} has no ${single}${other === undefined ? "" : `, only ${other.path} and the like`}`,
			{ remedy: "Choose a model with safetensors files; others can run code when they are read, or are quantised." },
		);
	}
	return (await shards(index)).map((name) => {
		const found = find(name);
		if (found !== undefined) return found;
		throw new AttuneError("weights", `${weightIndex} names ${name}, which ${repository.id} does not have`, {
			remedy: "Fetch another revision of the model: this one is not whole.",
		});
	});
}
