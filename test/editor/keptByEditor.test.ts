import { deepEqual, equal } from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ExtensionContext } from "vscode";
import { deletedKey, followDeletion, followedKey, sizeOf, storageFolders } from "#editor/keptByEditor";

describe("editor/keptByEditor", () => {
	const id = "attune.attune";
	const user = mkdtempSync(join(tmpdir(), "attune-kept-"));
	const all = join(user, "globalStorage", id);
	const one = join(user, "workspaceStorage", "1", id);
	const two = join(user, "workspaceStorage", "2", id);
	const memory = (begun: Readonly<Record<string, unknown>>) => {
		const values = new Map(Object.entries(begun));
		const update = async (key: string, value: unknown) => {
			if (value === undefined) values.delete(key);
			else values.set(key, value);
		};
		return { values, get: (key: string) => values.get(key), keys: () => [...values.keys()], update };
	};
	const uri = (fsPath: string | undefined) => (fsPath === undefined ? undefined : { fsPath });
	const context = (workspace: string | undefined, globalState = memory({}), workspaceState = memory({})) =>
		({
			...{ globalState, workspaceState, extension: { id } },
			...{ storageUri: uri(workspace), globalStorageUri: uri(all) },
		}) as unknown as ExtensionContext;
	const write = (file: string, at: number) => {
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, "12345");
		utimesSync(file, at / 1000, at / 1000);
	};
	const chat = (folder: string) => join(folder, "chats", "1.json");
	beforeEach(() => {
		for (const folder of [all, one, two]) write(chat(folder), 1_000);
		write(join(user, "workspaceStorage", "2", "another.extension", "its.json"), 1_000);
		write(join(user, "workspaceStorage", "3", "another.extension", "its.json"), 1_000);
		write(join(user, "workspaceStorage", "lost"), 1_000);
	});
	afterEach(() => rmSync(user, { recursive: true, force: true }));

	it("is found for every workspace, from a window with a folder and from one without", async () => {
		for (const workspace of [one, undefined])
			deepEqual([...(await storageFolders(context(workspace)))].sort(), [all, one, two]);
		equal(await sizeOf(one), 5);
		rmSync(all, { recursive: true });
		deepEqual([...(await storageFolders(context(undefined)))].sort(), [one, two]);
	});

	it("goes, chats too, when a workspace is opened that was not open when all was deleted", () => {
		const state = memory({ "attune.chat": "1" });
		followDeletion(context(one, memory({ [deletedKey]: 2_000 }), state));
		deepEqual([...state.values], [[followedKey, 2_000]]);
		deepEqual([existsSync(chat(one)), existsSync(chat(two))], [false, true]);
	});

	it("stays where nothing was deleted, or it was followed, or it is newer", () => {
		const state = memory({ "attune.chat": "1" });
		followDeletion(context(one, memory({}), state));
		followDeletion(context(one, memory({ [deletedKey]: 2_000 }), memory({ [followedKey]: 2_000 })));
		followDeletion(context(one, memory({ [deletedKey]: 500 })));
		equal(existsSync(chat(one)), true);
		deepEqual([...state.values], [["attune.chat", "1"]]);
	});

	it("asks for no folder", () => {
		const deleted = memory({ [deletedKey]: 2_000 });
		for (const workspace of [undefined, join(user, "none")]) {
			const state = memory({ "attune.chat": "1" });
			followDeletion(context(workspace, deleted, state));
			deepEqual([...state.values], [[followedKey, 2_000]]);
		}
	});
});
