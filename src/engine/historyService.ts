/** The learning process's answers about runs that ended. */
import type { Connection } from "#protocol/connection";
import {
	deleteRun as deleteCall,
	examplesOf,
	exportRun,
	type History,
	type KeptReport,
	listRuns,
	type OfWorkspace,
	readRun,
	useRun,
} from "#protocol/history";
import { exampleCompletions } from "./examples.ts";
import { exportModel } from "./export.ts";
import { adapterOf, deleteRun, listHistory, readReport, serveRun } from "./history.ts";
import { type Home, workspaceFiles } from "./home.ts";

/** To be called before `connection` listens. */
export function serveHistory(connection: Connection, home: Home): void {
	const placesOf = ({ roots }: OfWorkspace) => workspaceFiles(home, roots);
	const changed = (params: OfWorkspace, change: () => void): History => {
		change();
		return listHistory(placesOf(params));
	};
	connection.handle(listRuns, async (params) => listHistory(placesOf(params)));
	connection.handle(readRun, async (params) => readReport(placesOf(params), params.id));
	connection.handle(useRun, async (params) => changed(params, () => serveRun(placesOf(params), params.id)));
	connection.handle(deleteCall, async (params) => changed(params, () => deleteRun(placesOf(params), params.id)));
	connection.handleStream(exportRun, async (params, send, cancel) => {
		const { id, format, out } = params;
		const places = placesOf(params);
		const report = readReport(places, id);
		return await exportModel({
			...{ format, out, home, precision: "f32", cancel },
			adapter: adapterOf(places, id),
			model: modelOf(report),
			onProgress: (done, total) => void send({ done, total }).catch(() => {}),
		});
	});
	connection.handle(examplesOf, async (params, cancel) => {
		const { roots, id, threads } = params;
		const places = placesOf(params);
		const report = readReport(places, id);
		return await exampleCompletions({
			...{ roots, model: modelOf(report), home, cancel },
			adapter: adapterOf(places, id),
			paths: report.gains.map(({ path }) => path),
			target: { provider: "cpu", dtype: "float32", threads },
		});
	});
}

function modelOf({ modelReference, model }: KeptReport): string {
	return modelReference ?? model;
}
