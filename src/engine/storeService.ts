/** The store process's side of the contract: models and what is kept, without a model loaded. */
import { anyCancelled, CancelSource } from "#base/cancel";
import { shutdown } from "#protocol/calls";
import type { Connection } from "#protocol/connection";
import {
	deleteKept as deleteKeptCall,
	deleteModel as deleteModelCall,
	fetchModel as fetchModelCall,
	inspectModel,
	keptPlaces as keptPlacesCall,
	shelf,
} from "#protocol/store";
import { fetchModel } from "./fetchModel.ts";
import type { Home } from "./home.ts";
import { deleteKept, keptPlaces } from "./keptData.ts";
import { deleteModel, modelFacts, modelShelf } from "./modelShelf.ts";

/** Serves `connection` until it closes. */
export function serveStore(connection: Connection, home: Home): void {
	const closing = new CancelSource();
	connection.onNotify(shutdown, () => {
		closing.cancel();
		process.disconnect();
	});
	connection.handle(shelf, async () => modelShelf(home));
	connection.handle(inspectModel, async ({ model }) => modelFacts(model, home));
	connection.handle(deleteModelCall, async ({ name }) => ({ bytes: deleteModel(name, home) }));
	connection.handle(keptPlacesCall, async () => keptPlaces(home));
	connection.handle(deleteKeptCall, async () => ({ bytes: deleteKept(home) }));
	connection.handleStream(fetchModelCall, async ({ repository, host, tokenFile }, send, caller) => {
		const { model } = await fetchModel({
			...{ repository, home, cancel: anyCancelled(caller, closing) },
			hub: { host, tokenFile, environment: process.env },
			onProgress: (progress) => void send(progress).catch(() => {}),
		});
		return modelFacts(model.folder, home);
	});
	connection.listen();
}
