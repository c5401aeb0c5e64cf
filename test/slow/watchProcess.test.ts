/** The learning process on a live stream of files: each is predicted, then learned, as it changes. */
import { equal, match, ok, rejects } from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot, programFile } from "#engine/home";
import { shutdown } from "#protocol/calls";
import { type AdaptParams, type AdaptPart, adapt, endWatch, filesChanged } from "#protocol/learning";
import { type Child, startChild } from "#supervise/child";
import { wideProject } from "#test/slow/realProject";
import { runOf } from "#test/slow/runOf";
import { writeTinyModel } from "#test/support/tinyModel";

describe("learning process, watching", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-watching-"));
	const project = join(place, "project");
	let params: AdaptParams;
	let child: Child;
	before(() => {
		wideProject(project);
		const model = writeTinyModel(join(place, "tiny"));
		params = { ...runOf(project, null, model), mode: "online", watch: true };
	});
	beforeEach(() => {
		child = startChild({ file: programFile("learn"), environment: { ATTUNE_HOME: join(place, "home") } });
		child.connection.listen();
	});
	afterEach(() => child.stop(5_000));
	after(() => rmSync(place, { recursive: true, force: true }));

	it("learns files that it is told of and those that it sees change, and judges at the end", async () => {
		const stream = watch(child, params);
		await stream.until(({ kind }) => kind === "watching");
		// Nobody wrote to them: the process knows of them by what it is told alone.
		await child.connection.notify(
			filesChanged,
			readdirSync(project).map((name) => join(project, name)),
		);
		const told = await stream.until((part) => stepsOf(part) > 0);
		// One of several names is held out, as in the project.
		const text = readFileSync(join(packageRoot(), "src", "graph", "assemble.ts"), "utf8");
		for (let i = 0; i < 4; i++)
			writeFileSync(join(project, `new ${i}.ts`), `// ${i}\n${text.slice(900 * i, 900 * i + 900)}`);
		await stream.until((part) => stepsOf(part) > stepsOf(told));
		await child.connection.notify(endWatch, null);
		const result = await stream.ended;
		equal(result.mode, "online");
		const { predicted, compared } = result.stream ?? {};
		ok(predicted !== undefined && predicted.windows > 0 && compared !== undefined && compared.base.windows > 0);
		ok((result.training?.steps ?? 0) > 0);
		equal(result.training?.steps, result.passes.backward);
		match(result.verdict, /^(accepted|rejected): /);
		ok(result.heldOut !== null);
	});

	it("ends where it is cancelled, though no file changes", async () => {
		const abort = new AbortController();
		const stream = watch(child, params, abort.signal);
		await stream.until(waitsForFiles);
		abort.abort();
		await rejects(stream.ended, { code: "cancelled" });
	});

	it("ends with whoever started it, though no file changes", async () => {
		const stream = watch(child, params);
		const ended = rejects(stream.ended);
		await stream.until(waitsForFiles);
		await child.connection.notify(shutdown, null);
		equal(await child.ended, "exit code 0");
		await ended;
	});
});

function watch(child: Child, params: AdaptParams, signal?: AbortSignal) {
	const seen: AdaptPart[] = [];
	let look = (): void => {};
	const onPart = (part: AdaptPart): void => {
		seen.push(part);
		look();
	};
	const ended = child.connection.callStream(adapt, params, { signal, onPart });
	const until = (wanted: (part: AdaptPart) => boolean): Promise<AdaptPart> =>
		new Promise((resolve, reject) => {
			look = () => {
				const found = seen.find(wanted);
				if (found !== undefined) resolve(found);
			};
			look();
			ended.catch(reject);
		});
	return { ended, until };
}

/** The first exam is over. */
function waitsForFiles(part: AdaptPart): boolean {
	return part.kind === "progress" && part.progress.phase === "judging" && part.progress.done === part.progress.total;
}

/** Windows that were predicted. */
function stepsOf(part: AdaptPart): number {
	return part.kind === "progress" && part.progress.phase === "learning" ? part.progress.done : 0;
}
