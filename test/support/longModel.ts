/** A model that the editor's own Chat is offered. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `model` once more, said to have 8,192 positions (rotary embeddings take any), in `folder`. Its weights are the same, so adapters fit both. */
export function writeLongModel(model: string, folder: string): string {
	cpSync(model, folder, { recursive: true });
	change(join(folder, "config.json"), { max_position_embeddings: 8_192 });
	change(join(folder, "tokenizer_config.json"), { model_max_length: 8_192 });
	return folder;
}

function change(file: string, fields: object): void {
	writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...fields }));
}
