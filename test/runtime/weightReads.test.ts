/** How much of a model's files is read: counted at the file system, not by the code that reads. */
import { deepEqual, equal, ok } from "node:assert/strict";
import fs, { readdirSync, statSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";
import { writeModel } from "./crafted.ts";
import { inModel, shard, tensors } from "./modelPlace.ts";

interface Read {
	readonly path: string;
	readonly bytes: number;
}

/** What is read by `work`, read by read. */
async function readsOf(work: () => Promise<unknown>): Promise<Read[]> {
	const { openSync, readSync, readFileSync } = fs;
	const paths = new Map<number, string>();
	const reads: Read[] = [];
	const spied = {
		openSync(...words: Parameters<typeof openSync>) {
			const handle = openSync(...words);
			paths.set(handle, String(words[0]));
			return handle;
		},
		readSync(...words: Parameters<typeof readSync>) {
			const bytes = readSync(...words);
			reads.push({ path: paths.get(words[0]) ?? "", bytes });
			return bytes;
		},
		readFileSync(...words: Parameters<typeof readFileSync>) {
			const content = readFileSync(...words);
			reads.push({ path: String(words[0]), bytes: Buffer.byteLength(content) });
			return content;
		},
	};
	Object.assign(fs, spied);
	syncBuiltinESMExports();
	try {
		await work();
	} finally {
		Object.assign(fs, { openSync, readSync, readFileSync });
		syncBuiltinESMExports();
	}
	return reads;
}

const largest = Math.max(...[...tensors.values()].map(({ values }) => values.byteLength));

describe("runtime/weights, what it reads", () => {
	for (const dtype of ["F32", "F16"] as const) {
		for (const files of ["one file", "shards"] as const) {
			it(`reads every byte once, range by range, the first time: ${dtype}, ${files}`, () =>
				inModel(async ({ model, prepare }) => {
					if (files === "shards") shard(model, dtype);
					else writeModel(model, tensors, dtype);
					const reads = (await readsOf(() => prepare())).filter(({ path }) => path.endsWith(".safetensors"));
					for (const name of readdirSync(model).filter((file) => file.endsWith(".safetensors"))) {
						const own = reads.filter(({ path }) => path === join(model, name));
						equal(
							own.reduce((sum, { bytes }) => sum + bytes, 0),
							statSync(join(model, name)).size,
						);
						// Length, header, then a tensor at a time: nothing is read as a whole file.
						ok(own.length > 2 && own.slice(2).every(({ bytes }) => bytes <= largest), JSON.stringify(own));
					}
				}));
		}
	}

	it("reads headers alone the next time", () =>
		inModel(async ({ model, prepare }) => {
			writeModel(model, tensors, "F16");
			await prepare();
			const reads = (await readsOf(() => prepare())).filter(({ path }) => dirname(path) === model);
			const weights = [...tensors.values()].reduce((sum, { values }) => sum + values.byteLength / 2, 0);
			const size = statSync(join(model, "model.safetensors")).size;
			deepEqual(
				reads.reduce((sum, { bytes }) => sum + bytes, 0),
				size - weights,
			);
		}));
});
