import { deepEqual, equal } from "node:assert/strict";
import { benchStream } from "#engine/benchStream";
import { code, inTree } from "./feedTree.ts";

describe("engine/benchStream", () => {
	it("counts what came through against the whole time", async () => {
		const tree = { "a.ts": code("a", 200), "b/c.ts": code("c", 100), "yarn.lock": "x", "copy.ts": code("a", 200) };
		await inTree(tree, async (folder) => {
			const { bytes, files, skipped, runs, seconds, megabytesPerSecond } = await benchStream(folder, 3);
			deepEqual([bytes, files, skipped, runs], [tree["a.ts"].length + tree["b/c.ts"].length, 2, 2, 3]);
			equal(seconds > 0 && Math.abs(megabytesPerSecond * seconds * 1e6 - bytes) < 1, true);
		});
	});
});
