import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { modelFiles } from "#test/engine/fetching";
import { inTemporaryFolder } from "#test/runtime/temporary";
import { repositoryId, startHub } from "#test/support/hub";
import { done, failed, start } from "./commandLine.ts";

interface Listed {
	readonly models: readonly { readonly name: string; readonly folder: string }[];
}

describe("attune models fetch", () => {
	it("fetches a model that the other commands then use", () =>
		inTemporaryFolder(async (home) => {
			const hub = await startHub({ files: modelFiles(), token: "hf_word" });
			const place = { home, env: { HF_ENDPOINT: hub.url, HF_TOKEN: "hf_word", HTTP_PROXY: "", http_proxy: "" } };
			try {
				const names = async () => (await done<Listed>(["models", "list"], place)).models.map(({ name }) => name);
				deepEqual(await names(), ["starter"]);
				const fetched = await done<Listed & { fetched: { repository: string } }>(
					["models", "fetch", repositoryId],
					place,
				);
				equal(fetched.fetched.repository, repositoryId);
				deepEqual(await names(), ["starter", "some-owner--tiny-model"]);
				mkdirSync(join(home, "project"));
				writeFileSync(join(home, "project/a.py"), "def add(a, b):\n    return a + b\n".repeat(4));
				const scored = await done<{ model: string; total: { tokens: number; nll: number } }>(
					["score", join(home, "project"), "--model", repositoryId],
					place,
				);
				equal(scored.model, "some-owner--tiny-model");
				ok(scored.total.tokens > 20 && Number.isFinite(scored.total.nll) && scored.total.nll > 0);
			} finally {
				await hub.close();
			}
		}));

	it("says what went wrong, and ends with 1; with 2 when it was called wrongly", () =>
		inTemporaryFolder(async (home) => {
			const hub = await startHub({ files: modelFiles() });
			const place = { home, env: { HTTP_PROXY: "", http_proxy: "" } };
			try {
				const missing = await failed(["models", "fetch", "no/such", "--host", hub.url], place);
				deepEqual([missing.code, missing.error.code], [1, "network"]);
				match(missing.error.reason, /there is no model no\/such on http/);
				const wrong = await failed(["models", "fetch", "nothing", "--host", hub.url], place);
				deepEqual([wrong.code, wrong.error.code], [2, "usage"]);
			} finally {
				await hub.close();
			}
		}));

	it("ends at once on an interrupt and leaves no model", () =>
		inTemporaryFolder(async (home) => {
			const hub = await startHub({ files: modelFiles() });
			hub.faults.set("model.safetensors", [{ kind: "hang", after: 5000 }]);
			const place = { home, env: { HTTP_PROXY: "", http_proxy: "" } };
			try {
				const running = start(["models", "fetch", repositoryId, "--host", hub.url], place);
				while (running.child.exitCode === null && !hub.requests.some((line) => line.includes("model.safetensors")))
					await new Promise((next) => setTimeout(next, 20));
				running.child.kill("SIGINT");
				const { code, out } = await running.ended;
				deepEqual([code, JSON.parse(out).error.code], [1, "cancelled"]);
				deepEqual(
					(await done<Listed>(["models", "list"], place)).models.map(({ name }) => name),
					["starter"],
				);
			} finally {
				await hub.close();
			}
		}));
});
