/** Wires up the choice of the model. */
import type { Shared } from "../shared.ts";
import { Models } from "./models.ts";

export function wireModels({ store, serving, notices, handle }: Shared): Models {
	const models = new Models({ store, serving, notices });
	handle({
		chooseModel: () => models.choose(),
		fetchModel: (repository?: string) => models.fetch(repository),
		useModelFolder: (folder?: string) => models.useFolder(folder),
	});
	return models;
}
