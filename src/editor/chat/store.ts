/** Conversations of one workspace on the disk, one file each: written whole or not at all, within a bound, the newest kept. */
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Conversation } from "#protocol/chatPage";
import { bounded, restored } from "./turns.ts";

/** Bytes of one conversation, and of all. */
const bounds = { one: 2 ** 20, all: 16 * 2 ** 20 };

export class ChatStore {
	readonly #folder: string;
	readonly #bounds: typeof bounds;
	/** Files are written and removed one after the other. */
	#turn: Promise<unknown> = Promise.resolve();
	#writes = 0;

	constructor(folder: string, limits: typeof bounds = bounds) {
		this.#folder = folder;
		this.#bounds = limits;
	}

	/** Newest first. A file that holds no conversation is passed over. */
	async all(): Promise<readonly Conversation[]> {
		await this.#turn;
		const found = await Promise.all((await this.#names()).map((name) => read(join(this.#folder, name))));
		return found.filter((one) => one !== undefined).sort((a, b) => b.changed - a.changed);
	}

	async find(id: string): Promise<Conversation | undefined> {
		await this.#turn;
		return await read(this.#fileOf(id));
	}

	/** Resolves when it is on the disk. The oldest others go where all together are too much. */
	save(conversation: Conversation): Promise<void> {
		return this.#inTurn(async () => {
			await mkdir(this.#folder, { recursive: true });
			const text = JSON.stringify(bounded(conversation, this.#bounds.one));
			const file = this.#fileOf(conversation.id);
			const aside = `${file}.${process.pid}.${this.#writes++}.new`;
			const handle = await open(aside, "w");
			try {
				await handle.writeFile(text);
				await handle.sync();
			} finally {
				await handle.close();
			}
			await rename(aside, file);
			await this.#makeRoom(conversation.id);
		});
	}

	remove(id: string): Promise<void> {
		return this.#inTurn(() => rm(this.#fileOf(id), { force: true }));
	}

	removeAll(): Promise<void> {
		return this.#inTurn(() => rm(this.#folder, { recursive: true, force: true }));
	}

	#inTurn(work: () => Promise<void>): Promise<void> {
		const done = this.#turn.then(work);
		this.#turn = done.catch(() => {});
		return done;
	}

	async #makeRoom(kept: string): Promise<void> {
		const files = await Promise.all(
			(await this.#names()).map(async (name) => {
				const { size, mtimeMs } = await stat(join(this.#folder, name));
				return { name, size, mtimeMs };
			}),
		);
		let bytes = 0;
		for (const { name, size } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
			bytes += size;
			if (bytes > this.#bounds.all && name !== `${kept}.json`) await rm(join(this.#folder, name), { force: true });
		}
	}

	async #names(): Promise<readonly string[]> {
		try {
			return (await readdir(this.#folder)).filter((name) => name.endsWith(".json"));
		} catch {
			// Nothing was said in this workspace yet.
			return [];
		}
	}

	#fileOf(id: string): string {
		return join(this.#folder, `${id.replace(/[^\w-]/g, "")}.json`);
	}
}

async function read(file: string): Promise<Conversation | undefined> {
	try {
		const value: unknown = JSON.parse(await readFile(file, "utf8"));
		return isConversation(value) ? restored(value) : undefined;
	} catch {
		return undefined;
	}
}

function isConversation(value: unknown): value is Conversation {
	if (typeof value !== "object" || value === null || !("turns" in value) || !("id" in value)) return false;
	const lists = ["attached", "shown", "leftOut", "notices"];
	const { turns } = value;
	return (
		Array.isArray(turns) &&
		turns.every(
			(turn) =>
				typeof turn?.id === "string" &&
				typeof turn.question === "string" &&
				typeof turn.answer === "string" &&
				lists.every((name) => Array.isArray(turn[name])),
		)
	);
}
