/** The serving process as the editor uses it: forked, typed into, given another adapter, killed. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { defaultSettings } from "#assist/situation";
import { defined } from "#base/assert";
import { seededAdapter } from "#engine/bench/decode";
import { attuneHome, packageRoot, programFile } from "#engine/home";
import { loadModel } from "#engine/loadModel";
import {
	accepted,
	type CompleteParams,
	complete,
	filesKnown,
	foldersUsed,
	lastPrompt,
	type ModelChoice,
	rejected,
	servingStatus,
	useAdapter,
	useModel,
	visited,
} from "#protocol/serving";
import { writeAdapter } from "#runtime/adapterFolder";
import { type Child, startChild } from "#supervise/child";
import { Supervisor } from "#supervise/supervisor";
import { program } from "#test/assist/starterTokenizer";
import { listeningSockets } from "#test/support/sockets";
import { writeTinyModel } from "#test/support/tinyModel";
import { measured } from "#test/support/tries";

const choice: ModelChoice = { format: "int8", threads: 1 };
const settings = { ...defaultSettings, threshold: 0, deadline: 60 };
const path = "adapt/gate.ts";
const text = readFileSync(join(packageRoot(), "src", path), "utf8");

describe("serving process", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-serve-"));
	const environment = { ATTUNE_HOME: join(place, "home") };
	let child: Child;
	/** A place with a suggestion. */
	let suggested: number | undefined;
	const start = (program: string): Child => {
		const started = startChild({ file: programFile(program), environment });
		started.connection.listen();
		return started;
	};
	const asked = (offset: number, of = text): CompleteParams => {
		const situation = { path, language: "typescript", text: of, offset, repository: "attune" };
		return { situation: { ...situation, trigger: "typing" }, settings };
	};
	const at = (offset: number, signal?: AbortSignal, of = text) =>
		child.connection.call(complete, asked(offset, of), signal);
	before(async () => {
		child = start("serve");
		await child.connection.call(useModel, choice);
	});
	after(async () => {
		await child.stop(5_000);
		rmSync(place, { recursive: true, force: true });
	});

	it("loads a model once", async () => {
		equal((await child.connection.call(useModel, choice)).loadedInMs, 0);
		const status = await child.connection.call(servingStatus, null);
		deepEqual([status.resident?.infilling, status.resident?.adapter], [true, null]);
	});

	it("listens at no port, which a process that does would show", async () => {
		deepEqual(listeningSockets(child.pid), []);
		const server = createServer().listen(0, "127.0.0.1");
		await once(server, "listening");
		equal(listeningSockets(process.pid).length > 0, process.platform === "linux");
		server.close();
	});

	it("answers where the user types with a suggestion, or says why not", async () => {
		await child.connection.notify(filesKnown, [{ kind: "file", file: { path: "a.ts", text, open: true } }]);
		const places = [...text.matchAll(/return /g)].map(({ index }) => index + "return ".length);
		for (const offset of places) {
			const outcome = await at(offset);
			// One request at a time: nothing takes its place.
			if (outcome.kind === "silence")
				ok(!["superseded", "cancelled", "tooLate"].includes(outcome.reason), outcome.reason);
			else {
				ok(outcome.text.trim() !== "" && outcome.tokens > 0 && outcome.source === "model");
				suggested = offset;
				break;
			}
		}
		ok(suggested !== undefined, `nothing is suggested after any of ${places.length} returns`);
		equal((await child.connection.call(servingStatus, null)).knownFiles, 1);
	});

	it("waits for the caller's pause where it has to ask the model, and nowhere else", async () => {
		const offset = defined(suggested, "a place with a suggestion");
		const waited = async (of: string, waitMs: number, signal?: AbortSignal) => {
			const begun = performance.now();
			const outcome = await child.connection.call(complete, { ...asked(offset, of), waitMs }, signal);
			const ms = performance.now() - begun;
			const prompt = defined(await child.connection.call(lastPrompt, null), "a prompt");
			return { outcome, ms, model: 1000 * prompt.secondsAgo < performance.now() - begun };
		};
		const known = await waited(text, 20_000);
		ok(known.outcome.kind === "completion" && known.outcome.source === "cache" && !known.model);
		ok(known.ms < 10_000, `${known.ms} ms`);
		const longer = `${text}\nexport {};\n`;
		const abort = new AbortController();
		setTimeout(() => abort.abort(), 50);
		const stopped = await waited(longer, 300, abort.signal);
		deepEqual([stopped.outcome, stopped.model], [{ kind: "silence", reason: "cancelled" }, false]);
		const unknown = await waited(longer, 300);
		ok(unknown.ms > 299 && unknown.model, `${unknown.ms} ms`);
	});

	it("shows the model closed files that are imported, and places just visited, and nothing that is not for a model", async () => {
		const project = join(place, "imports");
		const awsKey = ["AKIA", "Q7WJ5XNPR2LTMZKD"].join("");
		const files = {
			".gitignore": "ignored.ts\n",
			"closed.ts": "export function marigold(items: number[]) {\n\treturn items.length;\n}\n",
			"secret.ts": `export const hyacinth = "${awsKey}";\nexport function items() {}\n`,
			"ignored.ts": "export function tulip(items: number[]) {}\n",
			"unrelated.ts": "export function orchid(items: number[]) {}\n",
		};
		mkdirSync(project);
		for (const [name, content] of Object.entries(files)) writeFileSync(join(project, name), content);
		const main = [
			...["closed", "secret", "ignored", "nowhere"].map((name) => `import * as ${name} from "./${name}.ts";\n`),
			...`const saffron = total(items);\n${program(30)}${program(500)}export const last = `,
		].join("");
		const notify = child.connection.notify.bind(child.connection);
		let typed = main;
		const write = async () => {
			// A place whose suggestion is known is not asked for again.
			typed += "\nexport const next = ";
			const situation = { path: "main.ts", language: "typescript", text: typed, offset: typed.length } as const;
			const more = { trigger: "typing", repository: "imports" } as const;
			await child.connection.call(complete, { situation: { ...situation, ...more }, settings });
			return defined(await child.connection.call(lastPrompt, null), "a prompt").text;
		};
		await notify(foldersUsed, { roots: [project] });
		await notify(filesKnown, [{ kind: "file", file: { path: "main.ts", text: main, open: true } }]);
		const first = await write();
		ok(!/marigold|saffron/.test(first), "it is read after the answer, not before it");
		while ((await child.connection.call(servingStatus, null)).importedFiles === 0);
		const second = await write();
		ok(second.includes("function marigold") && second.includes("closed.ts"), second.slice(0, 500));
		ok(!second.includes("saffron"));
		await notify(visited, { path: "main.ts", line: 4 });
		const third = await write();
		ok(third.includes("saffron") && third.includes("function marigold"), third.slice(0, 500));
		for (const prompt of [first, second, third]) ok(!/hyacinth|tulip|orchid|Q7WJ5/.test(prompt));
		await notify(foldersUsed, { roots: [join(place, "nowhere")] });
		ok(!(await write()).includes("marigold"), "folders that are not there any more");
		await notify(filesKnown, [{ kind: "gone", path: "main.ts" }]);
	});

	it("has what comes after a suggestion that was taken, before it is asked for", async () => {
		const places = [...text.matchAll(/\b(?:return|const|if)\b/g)].map(({ index }) => index + 6);
		for (const offset of places.slice(0, 12)) {
			const outcome = await at(offset);
			if (outcome.kind !== "completion") continue;
			const { situation } = asked(offset);
			const { text: added, replaces } = outcome;
			await child.connection.notify(accepted, { situation, settings, text: added, replaces });
			const shown = () => child.connection.call(lastPrompt, null);
			while ((await shown())?.text.endsWith(added) !== true);
			const begun = performance.now();
			const after = text.slice(0, offset) + added + text.slice(offset + replaces);
			const next = await at(offset + added.length, undefined, after);
			const ended = performance.now();
			const { secondsAgo } = defined(await shown(), "a prompt");
			// That nothing comes next is not kept.
			if (next.kind !== "completion") continue;
			ok(1000 * secondsAgo > ended - begun, "the model was asked again");
			return;
		}
		ok(false, "nowhere was there anything to go on with");
	});

	it("finishes the newest of a thousand overlapping requests and none of the others, and holds no more memory", async () => {
		const place = defined(suggested, "a place with a suggestion");
		const alone = await at(place);
		// Nothing is known of what was suggested before.
		await child.connection.call(useAdapter, { folder: null });
		const before = await child.connection.call(servingStatus, null);
		const ends = await Promise.all(Array.from({ length: 1_000 }, (_, i) => at(i === 999 ? place : 40 + (i % 400))));
		const newest = ends.at(-1);
		ok(newest?.kind === "completion" && newest.source === "model" && alone.kind === "completion");
		equal(newest.text, alone.text);
		const written = ends.slice(0, -1).filter((end) => end.kind === "completion" && end.source === "model");
		const superseded = ends.filter((end) => end.kind === "silence" && end.reason === "superseded");
		ok(written.length <= 1 && superseded.length > 200, `${written.length} written, ${superseded.length} superseded`);
		const after = await child.connection.call(servingStatus, null);
		ok(after.rssMiB < before.rssMiB + 64, `${before.rssMiB} to ${after.rssMiB} MiB`);
	});

	it("takes a new adapter while it writes, and goes on with the old one where the new one is broken", async () => {
		const out = join(place, "adapter");
		const { config, weights, name } = await loadModel(undefined, attuneHome(environment));
		writeAdapter(out, seededAdapter(config), name, { baseModelHash: weights.hash });
		const running = at(200);
		const exchange = async (folder: string | null): Promise<number> => {
			const started = performance.now();
			equal((await child.connection.call(useAdapter, { folder })).adapter, folder);
			return performance.now() - started;
		};
		await exchange(out);
		const finished = await running;
		ok(finished.kind === "completion" || !["cancelled", "superseded"].includes(finished.reason));
		await rejects(child.connection.call(useAdapter, { folder: join(place, "nothing") }), { code: "adapter" });
		equal((await child.connection.call(servingStatus, null)).resident?.adapter, out);
		const again = async () => {
			await exchange(null);
			return exchange(out);
		};
		// 50 are asked of it.
		const milliseconds = await measured(5, again, (ms) => ms < 50);
		ok(milliseconds < 125, `${milliseconds} ms`);
		const outcome = await at(text.indexOf("return") + 7);
		ok(outcome.kind === "completion" || outcome.reason !== "cancelled");
	});

	it("refuses a request without a model, and a model that is none", async () => {
		const other = start("serve");
		await other.connection.notify(rejected, null);
		await rejects(other.connection.call(useAdapter, { folder: null }), { code: "usage" });
		await rejects(other.connection.call(useModel, { ...choice, model: join(place, "nowhere") }), /nowhere/);
		await other.stop(5_000);
	});

	it("is unloaded when nobody asks for a while, and loads again when somebody does", async () => {
		const model = writeTinyModel(join(place, "tiny"));
		const server = new Supervisor({
			start: () => startChild({ file: programFile("serve"), environment }),
			idleAfter: 150,
		});
		const stopped = new Promise<void>((resolve) => {
			server.onState(({ kind }) => {
				if (kind === "stopped") resolve();
			});
		});
		await server.call(useModel, { ...choice, model });
		const pid = server.state.kind === "running" ? (server.state.pid ?? 0) : 0;
		await stopped;
		while (isAlive(pid)) await pause(10);
		equal((await server.call(servingStatus, null)).resident, null);
		ok((await server.call(useModel, { ...choice, model })).loadedInMs > 0);
		equal((await server.call(complete, asked(400))).kind !== undefined, true);
		await server.dispose();
	});

	it("rejects what was under way when it is killed", async () => {
		const other = start("serve");
		const lost = rejects(other.connection.call(useModel, choice), { code: "process" });
		setTimeout(() => other.kill(), 100);
		await lost;
		equal(await other.ended, "signal SIGKILL");
	});
});

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}
