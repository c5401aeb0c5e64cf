/** An adapter that we write loads in PEFT as it is and gives the same logits there. */
import { deepEqual, ok } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defined } from "#base/assert";
import { readAdapter, writeAdapter } from "#runtime/adapterFolder";
import { encodeSafetensors } from "#runtime/safetensors";
import { type Golden, readGolden } from "#test/golden/fixture";
import { OpenedGolden } from "#test/golden/opened";
import { checkInPython } from "#test/slow/checkInPython";

const hash = "00".repeat(32);

const names = ["llama-bias", "llama-mha", "qwen2-sliding", "qwen3-tied"];

interface Outcome {
	readonly relativeL2: number;
	readonly adapterOff: number;
}

describe("slow/adapter in PEFT", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-peft-"));
	let outcomes: readonly Outcome[];
	before(async function () {
		outcomes = await checkInPython<Outcome>(this, "checkAdapter.py", names, async (name) => {
			const golden = readGolden(name);
			const [adapter, logits] = [join(place, name), join(place, `${name}.safetensors`)];
			await learnAndWrite(golden, adapter, logits);
			return [golden.folder, adapter, logits];
		});
	});
	after(() => rmSync(place, { recursive: true, force: true }));

	for (const [i, name] of names.entries())
		it(`gives the same logits there: ${name}`, () => {
			const { relativeL2, adapterOff } = defined(outcomes[i], name);
			ok(relativeL2 <= 1e-5, `${relativeL2}`);
			ok(adapterOff > 1e-3, `the adapter changes nothing: ${adapterOff}`);
		});
});

/** Five steps from the golden adapter; what is written is what the folder gives back. */
async function learnAndWrite(golden: Golden, folder: string, logitsFile: string): Promise<void> {
	const opened = await OpenedGolden.open(golden, "float32");
	try {
		opened.setAdapter(golden.adapter);
		const tokens = Int32Array.from(defined(golden.reference.windows[0], "window"));
		const window = { tokens, scoreFrom: 1, bytes: tokens.length };
		for (let step = 0; step < 5; step++) await opened.learner.learn([{ window, weight: 1 }], 5e-3);
		const modules = opened.learner.adapter.modules();
		writeAdapter(folder, { lora: golden.lora, modules }, golden.folder, { baseModelHash: hash });
		deepEqual(readAdapter(folder, golden.config, hash).modules, modules);
		const logits = Float32Array.from(await opened.logits(window, "on"));
		const rows = tokens.length - 1;
		const read = Float32Array.from(tokens.subarray(0, rows));
		const tensors = [
			{ name: "tokens", shape: [rows], data: read },
			{ name: "logits", shape: [rows, logits.length / rows], data: logits },
		];
		writeFileSync(logitsFile, encodeSafetensors(tensors));
	} finally {
		await opened.close();
	}
}
