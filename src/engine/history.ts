/**
 * Every run of a workspace that was judged, in a folder of its own: `report.json`, and the adapter where one was accepted. What is served
 * is a copy in the workspace's `adapter` folder, whose `attune.json` names the run.
 */
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AttuneError } from "#base/errors";
import { fieldsOf } from "#base/fields";
import type { History, KeptReport, RunSummary } from "#protocol/history";
import { readRecord } from "#runtime/adapterFolder";
import { copyWritable, recoverFolder, removeFolder, writeFolderAtomic } from "#runtime/atomic";
import { readJson } from "#runtime/jsonFile";
import type { WorkspaceFiles } from "./home.ts";

type Places = Pick<WorkspaceFiles, "adapter" | "history">;

/** Beyond either the oldest runs go, but never the newest nor the one that is served. */
const mostRuns = 50;
const mostBytes = 512 * 2 ** 20;
/** A list for people: a report is no inventory of a disk. */
const mostSkipped = 1_000;
const mostGains = 200;

const [reportName, adapterName] = ["report.json", "adapter"];

/** In an order of time, also as text; `random` keeps runs of one second apart. */
export function newRunId(ms: number, random: string): string {
	return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}-${random}`;
}

/** Keeps a run, whole or not at all; `save` writes the adapter into the folder it is given. */
export function keepRun(
	places: Places,
	id: string,
	endedMs: number,
	result: Omit<KeptReport, "id" | "endedMs" | "skippedInAll">,
	save: ((folder: string) => void) | undefined,
): void {
	const report: KeptReport = {
		...{ id, endedMs, ...result },
		skippedFiles: result.skippedFiles.slice(0, mostSkipped),
		skippedInAll: result.skippedFiles.length,
		gains: result.gains.slice(0, mostGains),
	};
	writeFolderAtomic(join(places.history, id), (folder) => {
		writeFileSync(join(folder, reportName), `${JSON.stringify(report)}\n`);
		save?.(join(folder, adapterName));
	});
}

/** Makes the run's adapter the one that is served; null: none is. The one before stays until then. */
export function serveRun(places: Places, id: string | null): void {
	if (id === null) {
		removeFolder(places.adapter);
		return;
	}
	const from = adapterOf(places, id);
	if (from === undefined)
		throw new AttuneError("adapter", "this run left no adapter", {
			remedy: "Choose a run that was accepted.",
		});
	writeFolderAtomic(places.adapter, (folder) => {
		for (const name of readdirSync(from)) copyWritable(join(from, name), join(folder, name));
	});
}

export function listHistory(places: Places): History {
	const runs: RunSummary[] = [];
	const damaged: string[] = [];
	for (const id of runIds(places)) {
		try {
			runs.push(summaryOf(readReport(places, id), folderBytes(join(places.history, id))));
		} catch (error) {
			if (!(error instanceof AttuneError)) throw error;
			damaged.push(id);
		}
	}
	return {
		...{ runs, damaged, mostBytes, served: servedRun(places) },
		adapter: existsSync(join(places.adapter, "attune.json")) ? places.adapter : null,
		bytes: runs.reduce((sum, { bytes }) => sum + bytes, 0),
	};
}

export function readReport(places: Places, id: string): KeptReport {
	const file = join(runFolder(places, id), reportName);
	const remedy = "Delete this run: its report is damaged.";
	const fields = fieldsOf(readJson(file, "adapter"), { code: "adapter", file, remedy });
	for (const name of ["id", "model", "verdict"]) fields.string(name);
	fields.number("endedMs");
	fields.child(fields.raw("seconds"), "seconds").number("total");
	const heldOut = fields.nested("heldOut");
	for (const name of ["before", "after"]) heldOut?.child(heldOut.raw(name), name).number("bitsPerByte");
	return fields.object as unknown as KeptReport;
}

/** Folder of the run's adapter; undefined if it left none. */
export function adapterOf(places: Places, id: string): string | undefined {
	const folder = join(runFolder(places, id), adapterName);
	return existsSync(join(folder, "attune.json")) ? folder : undefined;
}

/** The run's folder goes; if its adapter is served that is switched off first. */
export function deleteRun(places: Places, id: string): void {
	const folder = runFolder(places, id);
	if (servedRun(places) === id) serveRun(places, null);
	rmSync(folder, { recursive: true, force: true });
}

/** Deletes the oldest runs beyond the bounds. */
export function pruneHistory(places: Places, bounds = { runs: mostRuns, bytes: mostBytes }): void {
	const { runs, served } = listHistory(places);
	let bytes = 0;
	for (const [i, run] of runs.entries()) {
		bytes += run.bytes;
		if (i > 0 && run.id !== served && (i >= bounds.runs || bytes > bounds.bytes)) deleteRun(places, run.id);
	}
}

function servedRun({ adapter }: Places): string | null {
	recoverFolder(adapter);
	try {
		const run = readRecord(adapter)?.["run"];
		return typeof run === "string" ? run : null;
	} catch (error) {
		// Nobody knows any more whose it was: whoever loads it is told what is wrong with it.
		if (error instanceof AttuneError) return null;
		throw error;
	}
}

/** Newest first. What is hidden is being written. */
function runIds({ history }: Places): string[] {
	if (!existsSync(history)) return [];
	return readdirSync(history)
		.filter((name) => !name.startsWith("."))
		.sort()
		.reverse();
}

function runFolder({ history }: Places, id: string): string {
	const folder = join(history, id);
	if (/^\d[\w-]*$/.test(id) && existsSync(folder)) return folder;
	throw new AttuneError("usage", "there is no such run", { remedy: "List the runs of this workspace." });
}

function summaryOf(report: KeptReport, bytes: number): RunSummary {
	const { id, endedMs, model, preset, accepted, verdict, training, seconds, heldOut } = report;
	return {
		...{ id, endedMs, model, preset, accepted, verdict, bytes },
		steps: training?.steps ?? 0,
		seconds: seconds.total,
		bitsPerByte: heldOut === null ? null : { before: heldOut.before.bitsPerByte, after: heldOut.after.bitsPerByte },
	};
}

function folderBytes(folder: string): number {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
