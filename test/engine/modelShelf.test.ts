/** The list of models, what one would take, and deleting. */
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CancelSource } from "#base/cancel";
import { attuneHome, type Home } from "#engine/home";
import { deleteKept, keptPlaces } from "#engine/keptData";
import { lockLearning } from "#engine/learningLock";
import { loadModel } from "#engine/loadModel";
import { deleteModel, modelFacts, modelShelf } from "#engine/modelShelf";
import { openDecoder } from "#engine/openDecoder";
import { openModels } from "#engine/openModels";
import { preparedWeightBytes } from "#models/servingNeeds";
import { failure, modelFiles, text } from "#test/engine/fetching";
import { inTemporaryFolder } from "#test/runtime/temporary";

const target = { provider: "cpu", dtype: "float32", threads: 1 } as const;

describe("engine/modelShelf", () => {
	it("has the shipped model, fetched ones, what is broken with its reason, and what could be fetched", () =>
		inHome((home) => {
			place(join(home.models, "Qwen--Qwen3-0.6B"));
			place(join(home.models, "mine"), { ...modelFiles(), "config.json": text({ model_type: "bert" }) });
			const { models, broken, open, availableMiB } = modelShelf(home);
			deepEqual(
				models.map(({ name, infilling, chat }) => [name, infilling, chat]),
				[
					["starter", true, false],
					["Qwen--Qwen3-0.6B", true, true],
				],
			);
			deepEqual(
				broken.map(({ name, reason }) => [name, /"bert" is not supported/.test(reason)]),
				[["mine", true]],
			);
			equal(open.length, openModels.length - 1);
			ok(!open.some(({ name }) => name === "Qwen--Qwen3-0.6B"));
			ok(availableMiB > 0 && availableMiB < 2 ** 24);
		}));

	it("names open models as large as they are published, smallest first", () => {
		// Published counts: the model cards and reports of SmolLM2 (2502.02737), Qwen2.5-Coder (2409.12186), Qwen3 (2505.09388).
		const published: Record<string, number> = {
			"SmolLM2-135M": 134_515_008,
			"SmolLM2-360M": 361_821_120,
			"Qwen2.5-Coder-0.5B": 494_032_768,
			"Qwen2.5-Coder-1.5B": 1_543_714_304,
			"Qwen3-0.6B": 596_049_920,
		};
		for (const { repository, parameters, diskMiB } of openModels) {
			const known = Object.entries(published).find(([name]) => repository.includes(name));
			equal(parameters, known?.[1], repository);
			// Two bytes each, and the headers; Qwen3's file holds its head twice.
			const stored = parameters + (repository.includes("Qwen3") ? 151_936 * 1_024 : 0);
			ok(Math.abs(diskMiB - (2 * stored) / 2 ** 20) <= 1, repository);
		}
		const sizes = openModels.map(({ diskMiB }) => diskMiB);
		deepEqual(
			sizes,
			[...sizes].sort((a, b) => a - b),
		);
	});

	it("says what will be prepared to the size of the file that is then made", () =>
		inHome(async (home) => {
			place(join(home.models, "mine"));
			const model = await loadModel("mine", home);
			for (const format of ["int8", "int4"] as const) {
				const decoder = await openDecoder(model, home, { format, target, cancel: new CancelSource() });
				await decoder.release();
				const made = statSync(join(home.weights, model.weights.hash, `weights.${format}`)).size;
				const said = preparedWeightBytes(model.config, format);
				// Every tensor begins at a multiple of 64 KiB, after a header of as much.
				const tensors = 2 * (2 * 4 + 2) + 2 + 4;
				ok(said < made && made < said + 65_536 * (tensors + 1), `${format}: ${said} said, ${made} made`);
			}
		}));

	it("wants more memory for more bits, and none of the disk beyond what it writes", () =>
		inHome((home) => {
			place(join(home.models, "mine"));
			const { memoryMiB, preparedMiB } = modelFacts("mine", home);
			ok(memoryMiB.float32 >= memoryMiB.int8 && memoryMiB.int8 >= memoryMiB.int4);
			// Its files are float32: they are used where they lie.
			equal(preparedMiB.float32, 0);
			const half = openModels.find(({ repository }) => repository.endsWith("0.5B"));
			ok(half !== undefined && half.preparedMiB.float32 === Math.ceil((4 * half.parameters) / 2 ** 20));
		}));

	it("deletes a fetched model with what was prepared of it, and nothing else", () =>
		inHome(async (home) => {
			place(join(home.models, "mine"));
			place(join(home.models, "other"));
			const model = await loadModel("mine", home);
			const decoder = await openDecoder(model, home, { format: "int8", target, cancel: new CancelSource() });
			await decoder.release();
			ok(existsSync(join(home.weights, model.weights.hash)));
			ok(deleteModel("mine", home) > 1_000);
			deepEqual(readdirSync(home.models), ["other"]);
			ok(!existsSync(join(home.weights, model.weights.hash)));
			for (const name of ["starter", "mine", "..", ".fetching", "other/../other"])
				throws(() => deleteModel(name, home), failure("usage", /no fetched model/), name);
			deepEqual(readdirSync(home.models), ["other"]);
		}));
});

describe("engine/keptData", () => {
	it("says what is kept and how much, and deletes all of it but what is not its own", () =>
		inHome((home) => {
			place(join(home.models, "mine"));
			fill(join(home.workspaces, "a-1/adapter/attune.json"), 1_000);
			fill(join(home.weights, "known/x.txt"), 10);
			fill(join(home.root, "somebody.txt"), 3);
			const places = keptPlaces(home);
			const bytes = Object.fromEntries(places.map((place) => [place.kind, place.bytes]));
			deepEqual([bytes["workspaces"], bytes["weights"], bytes["bench"]], [1_000, 10, 0]);
			equal(
				deleteKept(home),
				places.reduce((sum, place) => sum + place.bytes, 0),
			);
			deepEqual(readdirSync(home.root), ["somebody.txt"]);
			equal(deleteKept(home), 0);
		}));

	it("deletes through a link to another disk, and not the link's own target's neighbours", () =>
		inHome((home) => {
			const elsewhere = join(home.root, "../elsewhere");
			fill(join(elsewhere, "models/mine/config.json"), 5);
			fill(join(elsewhere, "mine.txt"), 5);
			mkdirSync(home.root, { recursive: true });
			symlinkSync(join(elsewhere, "models"), home.models);
			deleteKept(home);
			deepEqual(readdirSync(elsewhere).sort(), ["mine.txt", "models"]);
			deepEqual(readdirSync(join(elsewhere, "models")), []);
			rmSync(elsewhere, { recursive: true });
		}));

	it("is refused while somebody learns or fetches, and deletes nothing then", () =>
		inHome((home) => {
			fill(join(home.workspaces, "a-1/adapter/attune.json"), 1_000);
			// The parent of this process is alive.
			const other = `${home.lock}.${process.ppid}`;
			fill(other, 0);
			throws(() => deleteKept(home), failure("workspace", /is learning on this machine/));
			rmSync(other);
			fill(join(home.models, `.fetching/some--model.lock.${process.ppid}`), 0);
			throws(() => deleteKept(home), failure("storage", /a model is being fetched/));
			ok(existsSync(join(home.workspaces, "a-1/adapter/attune.json")));
			lockLearning(home.lock)();
		}));
});

function inHome(work: (home: Home) => void | Promise<void>): Promise<void> {
	return inTemporaryFolder((folder) => work(attuneHome({ ATTUNE_HOME: join(folder, "home") })));
}

function place(folder: string, files = modelFiles()): void {
	mkdirSync(folder, { recursive: true });
	for (const [name, { content }] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

function fill(file: string, bytes: number): void {
	mkdirSync(join(file, ".."), { recursive: true });
	writeFileSync(file, Buffer.alloc(bytes));
}
