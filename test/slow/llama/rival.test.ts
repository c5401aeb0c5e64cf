/** The rival of `attune bench decode` does the same work as we: same files of our export, same number of tokens. */
import { deepEqual, ok } from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLlamaSide } from "#engine/bench/decodeRival";
import { attuneHome } from "#engine/home";
import { loadModel } from "#engine/loadModel";
import { needLlama } from "#test/support/needs";

describe("slow/llama as the rival", () => {
	const folder = mkdtempSync(join(tmpdir(), "attune-rival-"));
	const home = attuneHome({ ATTUNE_HOME: folder });
	before(function () {
		needLlama(this);
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	it("reads a prompt and writes after it in each format, from files that are kept", async () => {
		const model = await loadModel(undefined, home);
		for (const format of ["float32", "int8", "int4"] as const) {
			const side = await openLlamaSide(model, format, home, 1);
			const { prefill, decode, tokens } = await side.time(
				Int32Array.from({ length: 64 }, (_, i) => 100 + i),
				16,
			);
			ok(prefill > 0 && decode > 0 && tokens === 16, `${prefill}, ${decode}, ${tokens}`);
			await side.close();
		}
		const kinds = readdirSync(home.bench).map((name) => name.slice(name.indexOf("-") + 1));
		deepEqual(kinds.sort(), ["adapter.gguf", "f32.gguf", "q4_0.gguf", "q8_0.gguf"]);
	});
});
