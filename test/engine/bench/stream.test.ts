import { deepEqual, ok } from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { benchStream } from "#engine/bench/stream";
import { inTemporaryFolder } from "#test/runtime/temporary";

describe("engine/bench/stream", () => {
	it("gives a rate of reading and one of tokenising, over all runs", () =>
		inTemporaryFolder(async (folder) => {
			cpSync("src/base", join(folder, "base"), { recursive: true });
			const rows = await benchStream(folder, 3);
			deepEqual(
				rows.map(({ name, unit, runs }) => [name, unit, runs]),
				[
					["streaming and filtering", "MB/s", 3],
					["tokenising", "MB/s", 3],
				],
			);
			for (const { ours } of rows) ok(ours > 0.01 && ours < 10_000, String(ours));
		}));
});
