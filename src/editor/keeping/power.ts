/** Whether this machine runs on its battery, asked of the operating system without waiting on anybody's thread. Unknown means mains. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export type Power = "mains" | "battery";

export interface PowerSystem {
	readonly platform: NodeJS.Platform;
	/** Linux: where the kernel tells of power supplies. */
	readonly supplies: string;
	/** What a program prints. Rejects where it can't be run, fails, or takes too long. */
	run(program: string, words: readonly string[]): Promise<string>;
}

export async function powerOf(system: PowerSystem = thisSystem): Promise<Power> {
	try {
		switch (system.platform) {
			case "linux":
				return await ofKernel(system.supplies);
			case "darwin":
				return /drawing from 'Battery Power'/.test(await system.run("pmset", ["-g", "batt"])) ? "battery" : "mains";
			case "win32":
				return /^Offline/m.test(
					await system.run("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", powerLine]),
				)
					? "battery"
					: "mains";
			default:
				return "mains";
		}
	} catch {
		return "mains";
	}
}

/** `PowerLineStatus` of .NET is GetSystemPowerStatus: Online, Offline or Unknown. */
const powerLine =
	"Add-Type -AssemblyName System.Windows.Forms; [System.Windows.Forms.SystemInformation]::PowerStatus.PowerLineStatus";

/** https://docs.kernel.org/power/power_supply_class.html; a mouse's battery has the scope "Device". */
async function ofKernel(folder: string): Promise<Power> {
	const names = await readdir(folder);
	const supplies = await Promise.all(
		names.map(async (name) => {
			const read = (field: string) => readFile(join(folder, name, field), "utf8").then(trimmed, () => "");
			const [type, online, status, scope] = await Promise.all(["type", "online", "status", "scope"].map(read));
			return { type, online, status, scope };
		}),
	);
	if (supplies.some(({ type, online }) => type !== "Battery" && online === "1")) return "mains";
	const discharging = supplies.some(
		({ type, status, scope }) => type === "Battery" && status === "Discharging" && scope !== "Device",
	);
	return discharging ? "battery" : "mains";
}

function trimmed(text: string): string {
	return text.trim();
}

const patience = 10_000;

const thisSystem: PowerSystem = {
	platform: process.platform,
	supplies: "/sys/class/power_supply",
	run: (program, words) =>
		new Promise((resolve, reject) => {
			execFile(program, [...words], { timeout: patience, windowsHide: true }, (error, stdout) =>
				error === null ? resolve(stdout) : reject(error),
			);
		}),
};
