import { deepEqual, equal, match, notEqual, rejects } from "node:assert/strict";
import {
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	symlinkSync,
	truncateSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { CancelSource } from "#base/cancel";
import { loadOrt } from "#runtime/ort";
import { prepareWeights, type WeightStore } from "#runtime/weights";
import { type CraftedTensor, craftTensors, tinyConfig, writeModel } from "./crafted.ts";
import { config, failure, get, inModel, shard, tensors, writeIndex } from "./modelPlace.ts";
import { externalSumModel } from "./tiny-model.ts";

const embedding = "model.embed_tokens.weight";

describe("runtime/weights", () => {
	it("points into an F32 file as it is", () =>
		inModel(async ({ model, prepare }) => {
			writeModel(model, tensors);
			const store = await prepare();
			equal(store.direct, true);
			equal(store.locate(embedding).file, "model.safetensors");
			checkValues(store);
			await checkOnnxruntime(store);
		}));

	for (const dtype of ["F16", "BF16"] as const) {
		it(`converts ${dtype} once into an aligned cache`, () =>
			inModel(async ({ model, cache, prepare }) => {
				writeModel(model, tensors, dtype);
				const store = await prepare();
				equal(store.direct, false);
				deepEqual(
					store.names.filter((name) => store.locate(name).offset % 65_536 !== 0),
					[],
				);
				checkValues(store);
				await checkOnnxruntime(store);
				let read = 0;
				const again = await prepare(() => read++);
				equal(read, 0);
				equal(again.hash, store.hash);
				deepEqual(readdirSync(cache).sort(), [store.hash, "known"].sort());
			}));
	}

	it("converts an F32 file whose numbers are not aligned", () =>
		inModel(async ({ model, prepare }) => {
			writeModel(model, tensors, "F32", 1);
			const store = await prepare();
			equal(store.direct, false);
			checkValues(store);
		}));

	it("reads shards, and gives one hash however they are cut", () =>
		inModel(async ({ model, prepare }) => {
			writeModel(model, tensors);
			const whole = await prepare();
			shard(model, "F32");
			const store = await prepare();
			equal(store.direct, true);
			equal(new Set(store.names.map((name) => store.locate(name).file)).size, 2);
			equal(store.hash, whole.hash);
			checkValues(store);
			await checkOnnxruntime(store);
		}));

	it("follows the links of a Hugging Face cache, and converts when they lead apart", () =>
		inModel(async ({ folder, model, prepare }) => {
			shard(model, "F32");
			link(folder, model, "a.safetensors", "blobs/1");
			link(folder, model, "b.safetensors", "blobs/2");
			const together = await prepare();
			equal(together.direct, true);
			match(together.locate(embedding).folder, /blobs$/);
			checkValues(together);
			await checkOnnxruntime(together);
			link(folder, model, "b.safetensors", "elsewhere/2");
			const apart = await prepare();
			equal(apart.direct, false);
			equal(apart.hash, together.hash);
			checkValues(apart);
		}));

	it("tells models apart that differ in one number or in the config's maths", () =>
		inModel(async ({ model, cache, prepare }) => {
			writeModel(model, tensors);
			const first = await prepare();
			const other = await prepareWeights(model, tinyConfig({ rope_theta: 5000 }), cache);
			const changed = new Map(tensors);
			const values = Float32Array.from(tensors.get("model.norm.weight")?.values ?? []);
			values[7] = 2;
			changed.set("model.norm.weight", { shape: [8], values });
			writeModel(model, changed);
			utimesSync(join(model, "model.safetensors"), 1, 1);
			const second = await prepare();
			equal(new Set([first.hash, other.hash, second.hash]).size, 3);
		}));

	it("takes a tied head that is stored twice or under the head's name, and a rotary table", () =>
		inModel(async ({ model, prepare }) => {
			writeModel(model, tensors);
			const { hash } = await prepare();
			const table = { shape: [2], values: Float32Array.of(1, 0.5) };
			const twice = new Map([
				...tensors,
				["lm_head.weight", get(embedding)],
				["model.layers.0.self_attn.rotary_emb.inv_freq", table],
			]);
			writeModel(model, twice as Map<string, CraftedTensor>);
			equal((await prepare()).hash, hash);
			const swapped = new Map(
				[...tensors].map(([name, tensor]) => [name === embedding ? "lm_head.weight" : name, tensor]),
			);
			writeModel(model, swapped);
			const store = await prepare();
			equal(store.hash, hash);
			checkValues(store);
		}));

	const damage: [string, (cacheFile: string) => void][] = [
		["shortened", (file) => truncateSync(file, 4096)],
		["of another model", (file) => writeFileSync(file, readFileSync(file).fill(0x41, 0, 100))],
		["gone", (file) => renameSync(file, `${file}.away`)],
	];
	for (const [name, spoil] of damage) {
		it(`makes the cache again when it is ${name}`, () =>
			inModel(async ({ model, cache, prepare }) => {
				writeModel(model, tensors, "BF16");
				const { hash } = await prepare();
				spoil(join(cache, hash, "weights.f32"));
				checkValues(await prepare());
			}));
	}

	it("can be cancelled and leaves no part behind", () =>
		inModel(async ({ model, cache }) => {
			writeModel(model, tensors, "F16");
			const cancel = new CancelSource();
			const onProgress = (): void => cancel.cancel();
			await rejects(prepareWeights(model, config, cache, { cancel, onProgress }), failure("cancelled", /cancelled/));
			deepEqual(readdirSync(cache), []);
		}));

	const without = (name: string) => new Map([...tensors].filter(([other]) => other !== name));
	const withOne = (name: string, tensor: CraftedTensor) => new Map([...tensors, [name, tensor]]);
	const reshaped = (name: string) => withOne(name, { shape: [4, 2], values: new Float32Array(8) });
	const nan = (name: string) =>
		withOne(name, { shape: get(name).shape, values: new Float32Array(get(name).values.length).fill(Number.NaN) });
	const refused: [string, (model: string) => void, string, RegExp][] = [
		["an empty folder", () => {}, "weights", /neither model.safetensors nor/],
		[
			"a folder of pickles",
			(model) => writeFileSync(join(model, "pytorch_model.bin"), ""),
			"unsupported",
			/only pytorch_model.bin/,
		],
		[
			"a missing tensor",
			(model) => writeModel(model, without("model.norm.weight")),
			"weights",
			/"model.norm.weight" is missing/,
		],
		[
			"a wrong shape",
			(model) => writeModel(model, reshaped("model.norm.weight")),
			"weights",
			/has shape \[4, 2\], config.json asks for \[8\]/,
		],
		[
			"a tensor that no model of the config has",
			(model) =>
				writeModel(model, withOne("model.layers.0.self_attn.q_proj.bias", { shape: [8], values: new Float32Array(8) })),
			"unsupported",
			/q_proj.bias" has no place/,
		],
		[
			"a NaN in F32",
			(model) => writeModel(model, nan("model.norm.weight")),
			"weights",
			/"model.norm.weight" holds NaN at number 0/,
		],
		["a NaN in BF16", (model) => writeModel(model, nan("model.norm.weight"), "BF16"), "weights", /holds NaN/],
		[
			"a tied head that differs",
			(model) => writeModel(model, withOne("lm_head.weight", get("lm_head"))),
			"weights",
			/differs from the embedding/,
		],
		[
			"an index without a map",
			(model) => writeFileSync(join(model, "model.safetensors.index.json"), "{}"),
			"weights",
			/"weight_map" is missing/,
		],
		[
			"an index that is not JSON",
			(model) => writeFileSync(join(model, "model.safetensors.index.json"), "{"),
			"weights",
			/is not JSON/,
		],
		[
			"an index that leaves the folder",
			(model) => writeIndex(model, { a: "../a.safetensors" }),
			"weights",
			/not the name of a safetensors file/,
		],
		[
			"a missing shard",
			(model) => writeIndex(model, { a: "a.safetensors" }),
			"weights",
			/a.safetensors: the file is missing/,
		],
		[
			"an index that misplaces a tensor",
			(model) => {
				const map = shard(model, "F32");
				writeIndex(model, {
					...map,
					[embedding]: map[embedding] === "a.safetensors" ? "b.safetensors" : "a.safetensors",
				});
			},
			"weights",
			/which does not hold it/,
		],
	];
	for (const [name, write, code, reason] of refused) {
		it(`refuses ${name}`, () =>
			inModel(async ({ model, cache, prepare }) => {
				write(model);
				await rejects(prepare(), failure(code, reason));
				mkdirSync(cache, { recursive: true });
				deepEqual(readdirSync(cache), []);
			}));
	}

	it("refuses two shards with the same tensor", () =>
		inModel(async ({ model, prepare }) => {
			const map = shard(model, "F32");
			writeFileSync(join(model, "b.safetensors"), craftTensors(tensors, "F32"));
			writeIndex(model, map);
			await rejects(prepare(), failure("weights", /is also in a.safetensors/));
		}));

	it("says that a file shrank after it was checked", () =>
		inModel(async ({ model, prepare }) => {
			writeModel(model, tensors);
			const store = await prepare();
			truncateSync(join(model, "model.safetensors"), 100);
			await rejects(async () => store.read(embedding), failure("weights", /shorter than when it was checked/));
		}));
});

/** Moves a file (or what its link means) to `target` below `folder` and links to it. */
function link(folder: string, model: string, name: string, target: string): void {
	const path = join(folder, target);
	mkdirSync(join(path, ".."), { recursive: true });
	const bytes = readFileSync(join(model, name));
	writeFileSync(path, bytes);
	renameSync(join(model, name), join(folder, `old-${target.replace("/", "-")}`));
	symlinkSync(path, join(model, name));
}

function checkValues(store: WeightStore): void {
	deepEqual(store.names, [...tensors.keys()]);
	for (const [name, { shape, values }] of tensors) {
		deepEqual(store.read(name), values, name);
		deepEqual(store.locate(name).shape, shape);
	}
	notEqual(store.hash, "");
}

/** onnxruntime itself sums every row of a matrix from the place that the store names. */
async function checkOnnxruntime(store: WeightStore): Promise<void> {
	const ort = loadOrt();
	const name = "model.layers.1.mlp.down_proj.weight";
	const { folder, ...place } = store.locate(name);
	const session = await ort.createSession(externalSumModel(place), {
		extra: { session: { model_external_initializers_file_folder_path: folder } },
	});
	const { y } = await session.run({});
	const values = get(name).values;
	deepEqual(
		y?.data,
		Float32Array.from({ length: 8 }, (_, row) => values.slice(row * 12, row * 12 + 12).reduce((a, b) => a + b)),
	);
}
