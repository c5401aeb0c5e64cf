/** A merged folder loads in transformers and holds what PEFT merges itself, rounded once to the base's dtype. */
import { equal, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { neverCancelled } from "#base/cancel";
import { readAdapter } from "#runtime/adapterFolder";
import { writeMergedFolder } from "#runtime/mergedFolder";
import { prepareWeights } from "#runtime/weights";
import { readGolden } from "#test/golden/fixture";
import { inTemporaryFolder } from "#test/runtime/temporary";
import { needPython } from "#test/support/needs";

/** Relative L2 distance of logits that the dtype's rounding of the weights may make. */
const cases = {
	"llama-tied": ["torch.float32", 1e-5],
	"qwen3-yarn": ["torch.float16", 2e-3],
	"qwen2-tied": ["torch.bfloat16", 2e-2],
} as const;

describe("slow/merged in transformers", () => {
	for (const [name, [dtype, bound]] of Object.entries(cases)) {
		it(`holds what PEFT merges: ${name}`, async function () {
			const python = needPython(this);
			await inTemporaryFolder(async (place) => {
				const { folder, config } = readGolden(name);
				const { hash } = await prepareWeights(folder, config, join(place, "cache"));
				const [adapter, merged] = [join(folder, "adapter"), join(place, "merged")];
				const stored = readAdapter(adapter, config, hash);
				await writeMergedFolder(merged, folder, config, stored, { cancel: neverCancelled });
				const printed = execFileSync(python, ["tools/golden/checkMerged.py", folder, adapter, merged], {
					encoding: "utf8",
					stdio: ["ignore", "pipe", "pipe"],
				});
				const outcome = JSON.parse(printed) as Record<"dtype" | "worst" | "changed" | "relativeL2", never>;
				equal(outcome.dtype, dtype);
				equal(outcome.changed, stored.modules.size);
				// Half an epsilon is rounding; float32 sums may come out next to PEFT's.
				ok(outcome.worst <= (dtype === "torch.float32" ? 8 : 0.51), `${outcome.worst} epsilons`);
				ok(outcome.relativeL2 <= bound, `${outcome.relativeL2}`);
			});
		});
	}
});
