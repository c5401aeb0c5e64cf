/** Every command, in the order of the help. */
import type { Command } from "./command.ts";
import { adapt } from "./commands/adapt.ts";
import { adapters } from "./commands/adapters.ts";
import { bench } from "./commands/bench.ts";
import { chat } from "./commands/chat.ts";
import { complete } from "./commands/complete.ts";
import { data } from "./commands/data.ts";
import { devices } from "./commands/devices.ts";
import { evaluate } from "./commands/eval.ts";
import { explain } from "./commands/explain.ts";
import { exportCommand } from "./commands/export.ts";
import { graph } from "./commands/graph.ts";
import { models } from "./commands/models.ts";
import { score } from "./commands/score.ts";

export const commands: readonly Command[] = [
	adapt,
	adapters,
	score,
	complete,
	explain,
	chat,
	evaluate,
	models,
	data,
	exportCommand,
	devices,
	bench,
	graph,
];
