import { findDevices } from "#engine/device";
import type { Command } from "../command.ts";
import { table } from "../table.ts";

export const devices: Command = {
	name: "devices",
	usage: "",
	summary: "What can compute here: every provider, tried in a process of its own.",
	options: {},
	async run(_words, _options, terminal) {
		const found = await findDevices();
		const rows = found.map(({ provider, name, ok, reason }) => [
			`${provider} (${name})`,
			ok ? "works" : `no: ${reason}`,
		]);
		terminal.print(table(rows));
		return { devices: found };
	},
};
