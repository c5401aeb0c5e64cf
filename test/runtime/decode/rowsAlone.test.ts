import { equal } from "node:assert/strict";
import type { DecodeSession } from "#runtime/decode/decodeSession";
import { rowsStandAlone } from "#runtime/decode/rowsAlone";
import { readGolden } from "#test/golden/fixture";
import { OpenedGolden } from "#test/golden/opened";

describe("runtime/decode/rowsAlone", () => {
	it("sees a single bit that depends on how many rows are run", async () => {
		const golden = readGolden("llama-tied");
		const opened = await OpenedGolden.open(golden, "float32");
		const session = await opened.openDecode(64);
		equal(await rowsStandAlone(session), true);
		const tipping: Pick<DecodeSession, "config" | "run"> = {
			config: session.config,
			run: async (sequence, ids, firstPicked) => {
				const predictions = await session.run(sequence, ids, firstPicked);
				const logits = predictions.logits.slice();
				if (ids.length === 2) new Uint32Array(logits.buffer)[7] = (new Uint32Array(logits.buffer)[7] as number) ^ 1;
				return { ...predictions, logits };
			},
		};
		equal(await rowsStandAlone(tipping), false);
		await session.release();
		await opened.close();
	});
});
