/** A merged folder loads in transformers and holds what PEFT merges itself, rounded once to the base's dtype. */
import { equal, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defined } from "#base/assert";
import { neverCancelled } from "#base/cancel";
import { readAdapter } from "#runtime/adapterFolder";
import { writeMergedFolder } from "#runtime/mergedFolder";
import { prepareWeights } from "#runtime/weights";
import { readGolden } from "#test/golden/fixture";
import { checkInPython } from "#test/slow/checkInPython";

/** Relative L2 distance of logits that the dtype's rounding of the weights may make. */
const cases = {
	"llama-tied": ["torch.float32", 1e-5],
	"qwen3-yarn": ["torch.float16", 2e-3],
	"qwen2-tied": ["torch.bfloat16", 2e-2],
} as const;

const names = Object.keys(cases);

interface Outcome {
	readonly dtype: string;
	readonly worst: number;
	readonly changed: number;
	readonly relativeL2: number;
}

describe("slow/merged in transformers", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-merged-"));
	const modules: number[] = [];
	let outcomes: readonly Outcome[];
	before(async function () {
		outcomes = await checkInPython<Outcome>(this, "checkMerged.py", names, async (name) => {
			const { folder, config } = readGolden(name);
			const { hash } = await prepareWeights(folder, config, join(place, "cache"));
			const [adapter, merged] = [join(folder, "adapter"), join(place, name)];
			const stored = readAdapter(adapter, config, hash);
			await writeMergedFolder(merged, folder, config, stored, { cancel: neverCancelled });
			modules.push(stored.modules.size);
			return [folder, adapter, merged];
		});
	});
	after(() => rmSync(place, { recursive: true, force: true }));

	for (const [i, [name, [dtype, bound]]] of Object.entries(cases).entries())
		it(`holds what PEFT merges: ${name}`, () => {
			const outcome = defined(outcomes[i], name);
			equal(outcome.dtype, dtype);
			equal(outcome.changed, modules[i]);
			// Half an epsilon is rounding; float32 sums may come out next to PEFT's.
			ok(outcome.worst <= (dtype === "torch.float32" ? 8 : 0.51), `${outcome.worst} epsilons`);
			ok(outcome.relativeL2 <= bound, `${outcome.relativeL2}`);
		});
});
