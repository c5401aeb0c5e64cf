import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadModel } from "#engine/loadModel";
import { listModels } from "#engine/models";
import { failure, fetchFrom, hugeWeights, inHub, modelFiles, noFetch, shards, weights } from "#test/engine/fetching";
import { commit, repositoryId, startHub } from "#test/support/hub";

describe("engine/fetchModel", () => {
	it("fetches what a model needs, and no more, to a folder that loads", () =>
		inHub(
			{ files: { ...modelFiles(), "pytorch_model.bin": weights(), "onnx/model.onnx": weights() } },
			async (hub, home) => {
				const { model, files, ...rest } = await fetchFrom(hub, home);
				deepEqual(rest, { repository: repositoryId, host: hub.url, commit });
				deepEqual(
					files.map(({ path, how }) => `${how} ${path}`),
					[
						"fetched config.json",
						"fetched LICENSE",
						"fetched chat_template.jinja",
						"fetched tokenizer.json",
						"fetched model.safetensors",
					],
				);
				equal(model.chatTemplate, true);
				deepEqual(readdirSync(model.folder).sort(), [...files.map(({ path }) => path), "attune-source.json"].sort());
				for (const { path } of files)
					deepEqual(readFileSync(join(model.folder, path)), Buffer.from(hub.files[path]?.content ?? []));
				deepEqual(
					listModels(home)
						.map(({ name }) => name)
						.filter((name) => name !== "starter"),
					["some-owner--tiny-model"],
				);
				equal((await loadModel(repositoryId, home)).name, "some-owner--tiny-model");
				// Pinned to the commit of the list, whatever is pushed meanwhile; no request but those needed.
				equal(hub.requests.filter((line) => line.startsWith("hub")).length, 1 + files.length);
				ok(hub.requests.slice(1).every((line) => line.startsWith("cdn") || line.includes(`/resolve/${commit}/`)));
			},
		));

	it("fetches a named revision to a folder of its own", () =>
		inHub({}, async (hub, home) => {
			const { model } = await fetchFrom(hub, home, { repository: `${repositoryId}@v1` });
			equal(model.name, "some-owner--tiny-model@v1");
			equal((await loadModel(`${repositoryId}@v1`, home)).folder, model.folder);
		}));

	it("fetches the shards that the index names", () =>
		inHub({ files: shards() }, async (hub, home) => {
			const { files } = await fetchFrom(hub, home);
			deepEqual(
				files.map(({ path }) => path).filter((path) => path.includes("safetensors")),
				["model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
			);
			await loadModel(repositoryId, home);
		}));

	it("keeps what is there and right, mends what is not", () =>
		inHub({}, async (hub, home) => {
			const { model } = await fetchFrom(hub, home);
			hub.requests.length = 0;
			const again = await fetchFrom(hub, home);
			ok(again.files.every(({ how }) => how === "kept"));
			equal(hub.requests.length, 1);
			const file = join(model.folder, "model.safetensors");
			const bytes = readFileSync(file);
			bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
			writeFileSync(file, bytes);
			deepEqual(
				(await fetchFrom(hub, home)).files.filter(({ how }) => how !== "kept").map(({ path }) => path),
				["model.safetensors"],
			);
			deepEqual(readFileSync(file), Buffer.from(weights().content));
		}));

	it("takes checksums from the answers where the list has none", () =>
		inHub({ bareList: true }, async (hub, home) => {
			hub.faults.set("model.safetensors", [{ kind: "body", body: flipped(weights().content) }]);
			await rejects(fetchFrom(hub, home), failure("network", /model.safetensors has not the checksum/));
			await fetchFrom(hub, home);
		}));

	it("believes the list where a mirror's ETags are other hashes", () =>
		inHub({ plainTags: true }, async (hub, home) => {
			await fetchFrom(hub, home);
			hub.files = modelFiles(hugeWeights());
			hub.faults.set("model.safetensors", [{ kind: "body", body: flipped(hugeWeights().content) }]);
			await rejects(fetchFrom(hub, home), failure("network", /model.safetensors has not the checksum/));
		}));

	it("says how far it is, how fast and how long", () =>
		inHub({ files: modelFiles(hugeWeights()) }, async (hub, home) => {
			const seen: {
				done: number;
				total: number | undefined;
				rate: number | undefined;
				secondsLeft: number | undefined;
			}[] = [];
			let seconds = 0;
			const clock = { seconds: () => (seconds += 0.25), now: () => 0 };
			const { files } = await fetchFrom(hub, home, { onProgress: (progress) => seen.push(progress), clock });
			const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
			deepEqual([seen.at(-1)?.done, seen.at(-1)?.total, seen.at(-1)?.secondsLeft], [total, total, 0]);
			ok(seen.length > 5);
			for (const [i, { done }] of seen.entries()) ok(done >= (seen[i - 1]?.done ?? 0));
			ok(seen.at(-2)?.secondsLeft !== undefined && (seen.at(-2)?.rate ?? 0) > 0);
		}));

	it("fetches one model once at a time", () =>
		inHub({}, async (hub, home) => {
			const first = fetchFrom(hub, home);
			await rejects(fetchFrom(hub, home), failure("storage", /is being fetched already/));
			await first;
			await fetchFrom(hub, home);
		}));

	it("refuses what is no name before it asks anyone", () =>
		inHub({}, async (hub, home) => {
			for (const repository of ["gpt2", "a/b/c", "../../etc", "a/..", "a/b@", "a/b@../c", "a b/c", "https://x/y"])
				await rejects(fetchFrom(hub, home, { repository }), failure("usage", /is not the name of a model/));
			deepEqual(hub.requests, []);
		}));

	for (const [name, files, code, reason] of noFetch())
		it(`refuses ${name} before weights are fetched`, () =>
			inHub({ files }, async (hub, home) => {
				await rejects(fetchFrom(hub, home), failure(code, reason));
				deepEqual(
					hub.requests.filter((line) => line.startsWith("cdn")),
					[],
				);
				deepEqual(
					listModels(home).filter(({ name }) => name !== "starter"),
					[],
				);
			}));

	it("says what to do when nobody answers", async () => {
		const hub = await startHub({ files: {} });
		await hub.close();
		await inHub({}, (_, home) =>
			rejects(
				fetchFrom(hub, home),
				failure("network", /127\.0\.0\.1:\d+: the connection is refused \(5 times\)/, /HTTPS_PROXY/),
			),
		);
	});
});

function flipped(bytes: Uint8Array): Uint8Array {
	const copy = Uint8Array.from(bytes);
	copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
	return copy;
}
