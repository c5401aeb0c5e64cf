/** Generated graphs as text, for people who want to see what runs. */
import { join } from "node:path";
import { presets } from "#adapt/preset";
import { AttuneError } from "#base/errors";
import { adamwGraph } from "#graph/adamw";
import { assemble } from "#graph/assemble";
import type { Target } from "#graph/lower";
import { printGraph } from "#graph/print";
import { type ModelConfig, parseConfig } from "#models/config";
import { learnGraph, logitsGraph, type Outputs, scoreGraph } from "#models/graphs";
import { loraTensors } from "#models/lora";
import { readJson } from "#runtime/jsonFile";
import type { Home } from "./home.ts";
import { resolveModel } from "./models.ts";
import { adamwOf, loraShapeOf } from "./openLearner.ts";

export const graphKinds = ["score", "learn", "logits", "adamw"] as const;
export type GraphKind = (typeof graphKinds)[number];

export interface GraphRequest extends Target {
	readonly model: string | undefined;
	readonly rows: number;
	readonly home: Home;
}

/** The graph as `learn` and its siblings would run it, with the `code` preset's adapter. */
export function graphText(kind: GraphKind, request: GraphRequest): string {
	const { folder } = resolveModel(request.model, request.home);
	const file = join(folder, "config.json");
	const config = parseConfig(readJson(file, "config"), file);
	if (request.rows > config.maxPositions)
		throw new AttuneError(
			"usage",
			`a graph of ${request.rows} rows is too long: the model has ${config.maxPositions} positions`,
			{
				remedy: `Ask for at most --rows ${config.maxPositions}.`,
			},
		);
	return printGraph(assemble(outputsOf(kind, config, request), request));
}

function outputsOf(kind: GraphKind, config: ModelConfig, { rows, dtype }: GraphRequest): Outputs {
	const lora = loraShapeOf(presets.code);
	const options = { config, rows, dtype };
	switch (kind) {
		case "score":
			return scoreGraph(options);
		case "learn":
			return learnGraph(options, lora);
		case "logits":
			return logitsGraph(options, 1, lora);
		case "adamw":
			return adamwGraph(adamwOf(presets.code), loraTensors(config, lora), dtype);
		default:
			throw new AttuneError("usage", `there is no graph "${String(kind)}"`, {
				remedy: `Use ${graphKinds.join(", ")}.`,
			});
	}
}
