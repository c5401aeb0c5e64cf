import { resolve } from "node:path";
import { deleteRun, listHistory, serveRun } from "#engine/history";
import { attuneHome, workspaceFiles } from "#engine/home";
import type { History, RunSummary } from "#protocol/history";
import { type Command, type Options, usageError } from "../command.ts";
import { duration, table } from "../table.ts";

const actions = ["list", "use", "off", "delete"] as const;

export const adapters: Command = {
	name: "adapters",
	usage: "list|use|off|delete <folder>... [--run ID]",
	summary: "The runs that were kept of a project: lists them, serves an earlier one again, deletes.",
	help: [
		"list             every run, newest first; * marks the one that is served",
		"use --run ID     serves the adapter of that run",
		"off              serves the base alone; the runs stay",
		"delete --run ID  deletes the run with its adapter",
	],
	options: { run: { type: "string" } },
	async run(words, options, terminal) {
		const [action, ...folders] = words;
		if (folders.length === 0) throw usageError("a folder is missing");
		const files = workspaceFiles(
			attuneHome(),
			folders.map((folder) => resolve(folder)),
		);
		if (action === "use") serveRun(files, runOf(options));
		else if (action === "off") serveRun(files, null);
		else if (action === "delete") deleteRun(files, runOf(options));
		else if (action !== "list") throw usageError(`an action is one of ${actions.join(", ")}`);
		const history = listHistory(files);
		terminal.print(describe(history));
		return history;
	},
};

function runOf(options: Options): string {
	const id = options.text("run");
	if (id === undefined) throw usageError("--run is missing: `attune adapters list` names them");
	return id;
}

function describe({ runs, served, damaged }: History): string {
	const rows = runs.map((run) => row(run, run.id === served));
	const lines =
		runs.length === 0 ? ["no run is kept"] : [table([["run", "before", "after", "took", "verdict"], ...rows])];
	return [...lines, ...damaged.map((id) => `${id} is damaged: delete it`)].join("\n");
}

function row({ id, bitsPerByte, seconds, verdict }: RunSummary, served: boolean): string[] {
	const [before, after] = [bitsPerByte?.before.toFixed(3) ?? "", bitsPerByte?.after.toFixed(3) ?? ""];
	return [`${id}${served ? " *" : ""}`, before, after, duration(seconds), verdict.replace(/:.*/, "")];
}
