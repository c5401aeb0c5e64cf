/** llama.cpp beside us in `attune bench decode`: the same weights in the same bits, the same adapter, the same prompts. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { neverCancelled } from "#base/cancel";
import type { WeightFormat } from "#models/decodeGraph";
import type { GgufPrecision } from "#runtime/gguf/architecture";
import { writeAdapterGguf, writeModelGguf } from "#runtime/gguf/model";
import type { Home } from "../home.ts";
import { type BenchedModel, type DecodeSide, seededAdapter } from "./decode.ts";
import { openLlama } from "./llama.ts";

const precisions: Readonly<Record<WeightFormat, GgufPrecision>> = { float32: "f32", int8: "q8_0", int4: "q4_0" };

/** Positions of a sequence: the longest prompt of the benchmark and what is written after it. */
const context = 2048;

/** Opens llama.cpp with the model; its GGUF files are written the first time and kept in the home's `bench`. */
export async function openLlamaSide(
	model: BenchedModel,
	format: WeightFormat,
	home: Home,
	threads: number,
): Promise<DecodeSide> {
	const { name, folder, config, weights } = model;
	const place = (kind: string) => join(home.bench, `${weights.hash.slice(0, 16)}-${kind}.gguf`);
	const whole = { name, folder, config, weights, vocabulary: undefined };
	const options = { cancel: neverCancelled };
	const file = place(precisions[format]);
	if (!existsSync(file)) await writeModelGguf(file, whole, precisions[format], options);
	const lora = place("adapter");
	if (!existsSync(lora)) await writeAdapterGguf(lora, seededAdapter(config), whole, folder, options);
	const llama = await openLlama({ model: file, lora, threads, context, attention: "fast" });
	return {
		time: async (prompt, tokens) => ({ ...(await llama.write(prompt, tokens)), tokens }),
		async close() {
			llama.close();
		},
	};
}
