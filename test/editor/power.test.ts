import { equal, ok } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { powerOf } from "#editor/keeping/power";

describe("editor/power", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-power-"));
	after(() => rmSync(place, { recursive: true, force: true }));
	let folders = 0;

	/** As the Linux kernel tells of power supplies. */
	function supplies(all: Readonly<Record<string, Readonly<Record<string, string>>>>) {
		const folder = join(place, String(folders++));
		for (const [name, fields] of Object.entries(all)) {
			mkdirSync(join(folder, name), { recursive: true });
			for (const [field, value] of Object.entries(fields)) writeFileSync(join(folder, name, field), `${value}\n`);
		}
		return powerOf({ platform: "linux", supplies: folder, run: () => Promise.reject(new Error("none")) });
	}

	const says = (platform: NodeJS.Platform, text: string) => powerOf({ platform, supplies: "", run: async () => text });

	it("asks Linux's kernel", async () => {
		const battery = { type: "Battery", status: "Discharging" };
		equal(await supplies({ BAT0: battery }), "battery");
		equal(await supplies({ BAT0: battery, AC: { type: "Mains", online: "0" } }), "battery");
		equal(await supplies({ BAT0: battery, AC: { type: "Mains", online: "1" } }), "mains");
		equal(await supplies({ BAT0: battery, "ucsi-1": { type: "USB", online: "1" } }), "mains");
		equal(await supplies({ BAT0: { ...battery, status: "Full" } }), "mains");
		equal(await supplies({ mouse: { ...battery, scope: "Device" } }), "mains");
	});

	it("asks macOS's pmset", async () => {
		const rest = "\n -InternalBattery-0 (id=1)\t87%; discharging; 5:10 remaining present: true\n";
		equal(await says("darwin", `Now drawing from 'Battery Power'${rest}`), "battery");
		equal(await says("darwin", `Now drawing from 'AC Power'${rest}`), "mains");
	});

	it("asks Windows", async () => {
		equal(await says("win32", "Offline\r\n"), "battery");
		equal(await says("win32", "Online\r\n"), "mains");
		equal(await says("win32", "Unknown\r\n"), "mains");
	});

	it("takes what is not known for mains", async () => {
		equal(await powerOf({ platform: "linux", supplies: join(place, "nothing"), run: async () => "" }), "mains");
		const broken = { supplies: "", run: () => Promise.reject(new Error("no such program")) };
		for (const platform of ["darwin", "win32", "freebsd"] as const)
			equal(await powerOf({ ...broken, platform }), "mains");
		ok(["mains", "battery"].includes(await powerOf()));
	});
});
