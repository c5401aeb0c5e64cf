/** What the serving process takes, beside what it must: Node with onnxruntime, the weights, keys and values. */
import { ok } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultSettings } from "#assist/situation";
import { attuneHome, packageRoot, programFile } from "#engine/home";
import { loadModel } from "#engine/loadModel";
import { residentWeightBytes } from "#models/servingNeeds";
import { ping } from "#protocol/calls";
import { complete, servingStatus, useModel } from "#protocol/serving";
import { type Child, startChild } from "#supervise/child";

/**
 * MiB beyond bare Node with onnxruntime (53) and 1.25 times weights, keys and values. 57 to 65 were measured: onnxruntime's own code once it
 * runs (16), its graph of 300 nodes (10, and 5 to 8 since it is in sections), our code, the tokenizer and V8's heap (the rest). None of it grows with the model.
 */
const allowed = 75;
const bare = 53;

describe("slow/serveMemory", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-memory-"));
	let child: Child;
	after(async () => {
		await child.stop(5_000);
		rmSync(place, { recursive: true, force: true });
	});

	for (const format of ["int8", "float32"] as const)
		it(`holds little more than it must in ${format}, after suggestions in a long file`, async function () {
			if (process.platform !== "linux") this.skip();
			await child?.stop(5_000);
			child = startChild({
				file: programFile("serve"),
				environment: { ATTUNE_HOME: join(place, "home") },
				lean: true,
			});
			child.connection.listen();
			await child.connection.call(useModel, { format, threads: 1 });
			const settings = { ...defaultSettings, threshold: 0, deadline: 60 };
			const text = readFileSync(join(packageRoot(), "src/adapt/online.ts"), "utf8");
			for (let i = 0; i < 15; i++) {
				const offset = text.indexOf("\n", 3_000 + 60 * i) + 1;
				const situation = { path: "adapt/online.ts", language: "typescript", text, offset, repository: "attune" };
				await child.connection.call(complete, { situation: { ...situation, trigger: "typing" }, settings });
			}
			const { cacheMiB } = await child.connection.call(servingStatus, null);
			const { rssMiB } = await child.connection.call(ping, null);
			const must = bare + 1.25 * ((await weightMiB(format)) + cacheMiB);
			ok(cacheMiB > 1, "suggestions were asked of the model");
			ok(rssMiB < must + allowed, `${rssMiB.toFixed(0)} MiB, where ${must.toFixed(0)} would be the least`);
			ok(rssMiB > bare, `${rssMiB}`);
		});

	async function weightMiB(format: "int8" | "float32"): Promise<number> {
		const { config } = await loadModel(undefined, attuneHome({ ATTUNE_HOME: join(place, "home") }));
		return residentWeightBytes(config, format) / 2 ** 20;
	}
});
