import { findDevices } from "#engine/device";
import type { Command } from "../command.ts";

export const devices: Command = {
	name: "devices",
	usage: "",
	summary: "What can compute here: every provider, tried in a process of its own.",
	options: {},
	async run(_words, _options, terminal) {
		const found = await findDevices();
		for (const { provider, name, ok, reason } of found)
			terminal.print(`${`${provider} (${name})`.padEnd(24)}  ${ok ? "works" : `no: ${reason}`}`);
		return { devices: found };
	},
};
