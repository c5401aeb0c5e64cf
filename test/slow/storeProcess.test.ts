/** The store process as the editor uses it: forked, it fetches with progress, is stopped, goes on, and tells what a model takes. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programFile } from "#engine/home";
import { parseConfig } from "#models/config";
import { parameterShapes } from "#models/parameters";
import { complete, servingStatus, useModel } from "#protocol/serving";
import { deleteKept, deleteModel, type FetchProgress, fetchModel, inspectModel, shelf } from "#protocol/store";
import { encodeSafetensors } from "#runtime/safetensors";
import { type Child, startChild } from "#supervise/child";
import { end, failure, hugeWeights, modelFiles, text } from "#test/engine/fetching";
import { inTemporaryFolder } from "#test/runtime/temporary";
import { repositoryId, startHub, type TestHub } from "#test/support/hub";

describe("store process", () => {
	it("fetches by parts, is stopped and goes on where it was, lists and deletes", () =>
		inStore(modelFiles(hugeWeights()), async (child, hub, home) => {
			hub.faults.set("model.safetensors", [{ kind: "hang", after: 200_000 }]);
			const stop = new AbortController();
			const seen: FetchProgress[] = [];
			const onPart = (progress: FetchProgress) => {
				seen.push(progress);
				if (progress.file === "model.safetensors" && progress.done > 100_000) stop.abort();
			};
			const params = { repository: repositoryId, host: hub.url };
			const { callStream, call } = callsOf(child);
			await rejects(
				callStream(fetchModel, params, { signal: stop.signal, onPart }),
				failure("cancelled", /cancelled|stopped/),
			);
			ok(seen.length > 0 && seen.every(({ total, done }) => total === undefined || done <= total));
			equal((await call(shelf, null)).models.length, 1, "half a model is listed");
			const model = await callStream(fetchModel, params, {});
			ok(
				hub.requests.some((line) => /range=bytes=\d{4,}/.test(line)),
				hub.requests.join("\n"),
			);
			const { models } = await call(shelf, null);
			deepEqual(
				models.map(({ name }) => name),
				["starter", model.name],
			);
			equal((await call(inspectModel, { model: model.folder })).parameters, model.parameters);
			ok((await call(deleteModel, { name: model.name })).bytes > 2 ** 20);
			await call(deleteKept, null);
			ok(!existsSync(join(home, "models")) || readdirSync(join(home, "models")).length === 0);
		}));

	it("goes on after it was killed in the middle of a fetch", () =>
		inStore(modelFiles(hugeWeights()), async (child, hub, home) => {
			hub.faults.set("model.safetensors", [{ kind: "hang", after: 200_000 }]);
			const params = { repository: repositoryId, host: hub.url };
			const part = join(home, "models/.fetching", repositoryId.replace("/", "--"), "model.safetensors.part");
			const first = callsOf(child).callStream(fetchModel, params, {});
			const ends = rejects(first, failure("process", /./));
			while ((statSync(part, { throwIfNoEntry: false })?.size ?? 0) < 150_000)
				await new Promise((resolve) => setTimeout(resolve, 20));
			child.kill();
			await ends;
			const next = open(home);
			try {
				ok((await callsOf(next).callStream(fetchModel, params, {})).parameters > 0);
				ok(hub.requests.some((line) => /range=bytes=\d{4,}/.test(line)));
			} finally {
				await next.stop(5_000);
			}
		}));

	it("says what memory a model takes before it is loaded, as near as it matters", () =>
		inStore(modelFiles(), async (child, _hub, home) => {
			const folder = join(home, "models/middling");
			writeMiddling(folder);
			const { memoryMiB } = await callsOf(child).call(inspectModel, { model: folder });
			const server = startChild({ file: programFile("serve"), environment: { ATTUNE_HOME: home } });
			server.connection.listen();
			try {
				await server.connection.call(useModel, { model: folder, format: "int8", threads: 1 });
				const situation = { path: "a.ts", language: "typescript", repository: "a", trigger: "invoked" as const };
				await server.connection.call(complete, {
					situation: { ...situation, text: "const a = 1;\n".repeat(400), offset: 5_000 },
					settings: longest,
				});
				const { rssMiB, cacheMiB } = await server.connection.call(servingStatus, null);
				// What is said counts the keys and values of a full context; here there are fewer.
				const said = memoryMiB.int8 - fullCacheMiB + cacheMiB;
				ok(rssMiB < 1.3 * said && rssMiB > 0.6 * said, `${said.toFixed(0)} MiB said, ${rssMiB.toFixed(0)} MiB taken`);
				process.stdout.write(`      ${said.toFixed(0)} MiB said, ${rssMiB.toFixed(0)} MiB taken\n`);
			} finally {
				await server.stop(5_000);
			}
		}));
});

const longest = {
	...{ enabled: true, languagesOff: [], inComments: true, oneLine: false, promptTokens: 1_024, threshold: 0 },
	...{ deadline: 60, enough: 60, alternatives: 1 },
};

/** 66 million parameters; what it writes makes no sense. */
const middling = {
	...{ model_type: "llama", hidden_size: 768, intermediate_size: 3_072, num_hidden_layers: 7, vocab_size: 2_560 },
	...{ num_attention_heads: 12, num_key_value_heads: 4, tie_word_embeddings: true, max_position_embeddings: 8_192 },
	...{ bos_token_id: end, eos_token_id: end },
};
const fullCacheMiB = (4 * 2 * 7 * 4 * 64 * 8_192) / 2 ** 20;

function writeMiddling(folder: string): void {
	mkdirSync(folder, { recursive: true });
	const files: Record<string, { readonly content: Uint8Array }> = { ...modelFiles(), "config.json": text(middling) };
	for (const [name, { content }] of Object.entries(files)) writeFileSync(join(folder, name), content);
	const tensors = [...parameterShapes(parseConfig(middling, "config.json"))].map(([name, shape]) => {
		const size = shape.reduce((a, b) => a * b, 1);
		const data = Float32Array.from({ length: size }, (_, i) => (shape.length === 1 ? 1 : 0.03 * Math.sin(i * 12.9898)));
		return { name, shape, data };
	});
	writeFileSync(join(folder, "model.safetensors"), encodeSafetensors(tensors));
}

function open(home: string): Child {
	const environment = { ATTUNE_HOME: home, HTTP_PROXY: "", http_proxy: "" };
	const child = startChild({ file: programFile("store"), environment });
	child.connection.listen();
	return child;
}

function callsOf({ connection }: Child) {
	return { call: connection.call.bind(connection), callStream: connection.callStream.bind(connection) };
}

function inStore(
	files: Parameters<typeof startHub>[0]["files"],
	work: (child: Child, hub: TestHub, home: string) => Promise<void>,
): Promise<void> {
	return inTemporaryFolder(async (home) => {
		const hub = await startHub({ files });
		const child = open(home);
		try {
			await work(child, hub, home);
		} finally {
			await child.stop(5_000);
			await hub.close();
		}
	});
}
