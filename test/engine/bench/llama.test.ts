import { equal, match } from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { whyNoLlama } from "#engine/bench/llama";
import { inTemporaryFolder } from "#test/runtime/temporary";

describe("engine/bench/llama", () => {
	it("says why there is nothing to compare with, and how to get it", () =>
		inTemporaryFolder((folder) => {
			match(whyNoLlama({}) ?? "", /^ATTUNE_LLAMA is not set: run eval "\$\(node tools\/rival\/llama\.mjs\)"/);
			match(whyNoLlama({ ATTUNE_LLAMA: folder }) ?? "", /^no node-llama-cpp in .*: run eval/);
			mkdirSync(join(folder, "node_modules", "node-llama-cpp"), { recursive: true });
			equal(whyNoLlama({ ATTUNE_LLAMA: folder }), undefined);
		}));
});
