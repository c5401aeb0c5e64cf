import { attuneHome } from "#engine/home";
import { deleteKept, keptPlaces } from "#engine/keptData";
import type { KeptPlace } from "#protocol/store";
import { type Command, usageError } from "../command.ts";
import { table } from "../table.ts";

const what: Readonly<Record<KeptPlace["kind"], string>> = {
	models: "models that were fetched",
	weights: "weights made ready, rebuilt when missing",
	workspaces: "adapters, scores and what else belongs to a project",
	bench: "models of the benchmarks",
};

export const data: Command = {
	name: "data",
	usage: "[list | delete --yes]",
	summary: "What Attune keeps on this machine, and deleting all of it.",
	help: ["--yes  with delete: do it; without, it says what would go"],
	options: { yes: { type: "boolean" } },
	async run([verb = "list", ...words], options, terminal) {
		if (!["list", "delete"].includes(verb) || words.length > 0) throw usageError("data what? list, or delete --yes");
		const home = attuneHome();
		const places = keptPlaces(home);
		terminal.print(
			table(places.map(({ kind, folder, bytes, files }) => [megabytes(bytes), `${files} files`, folder, what[kind]])),
		);
		if (verb === "list") return { home: home.root, places };
		if (!options.flag("yes")) throw usageError("nothing was deleted: say --yes if all of this may go");
		const bytes = deleteKept(home);
		terminal.print(`${megabytes(bytes)} deleted.`);
		return { home: home.root, places, deleted: { bytes } };
	},
};

function megabytes(bytes: number): string {
	return `${(bytes / 1e6).toFixed(1)} MB`;
}
