/** The golden fixtures are what the script in the repository makes, with the versions it pins. */
import { deepEqual, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { goldenNames, readGolden, type Tensors, worst } from "#test/golden/fixture";
import { inTemporaryFolder } from "#test/runtime/temporary";
import { needPython } from "#test/support/needs";

/** One plain, one in shards, one with most of the features. */
const samples = ["llama-mha", "qwen2-sliding", "qwen3-sliding"];

describe("slow/golden", () => {
	it("fixtures can be made again", async function () {
		const python = needPython(this);
		await inTemporaryFolder((folder) => {
			execFileSync(python, ["tools/golden/models.py", "--to", folder, ...samples], {
				stdio: ["ignore", "pipe", "pipe"],
			});
			for (const name of samples) {
				ok(goldenNames.includes(name));
				sameFiles(join("test/golden/models", name), join(folder, name));
				const [kept, made] = [readGolden(name), readGolden(name, folder)];
				const close = (expected: Tensors, actual: Tensors) => ok(worst(actual, expected).error < 1e-6);
				close(kept.gradients, made.gradients);
				close(kept.changes, made.changes);
				close(new Map([["logits", kept.logits]]), new Map([["logits", made.logits]]));
				deepEqual(made.reference.windows, kept.reference.windows);
			}
		});
	});
});

/** All but the references, whose last bits may depend on the processor. */
function sameFiles(kept: string, made: string): void {
	const files = (folder: string) =>
		readdirSync(folder, { recursive: true, encoding: "utf8" })
			.filter((path) => /\.(json|safetensors)$/.test(path) && !path.startsWith("reference"))
			.sort();
	deepEqual(files(made), files(kept));
	for (const file of files(kept)) ok(readFileSync(join(kept, file)).equals(readFileSync(join(made, file))), file);
}
