/** The surprise map as the editor asks for it: of a process of its own, with the shipped model. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attuneHome, programFile, workspaceFiles } from "#engine/home";
import type { ScoreResult } from "#engine/score";
import { type FileSurprise, type MapParams, type MapPart, mapSurprise, surprisingLines } from "#protocol/surprise";
import { startChild } from "#supervise/child";
import { Supervisor } from "#supervise/supervisor";
import { done } from "#test/slow/commandLine";
import { copySource } from "#test/slow/realProject";

const plain = "export function add(a: number, b: number): number {\n\treturn a + b;\n}\n";
const strange = `${plain.repeat(3)}const zzqx = "Vrkt9 wjq0 blorpgh xq7 ßß";\n${plain}`;

describe("surprise process", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-surprise-"));
	const project = join(place, "project");
	const environment = { ATTUNE_HOME: join(place, "home") };
	const learner = new Supervisor({ start: () => startChild({ file: programFile("learn"), environment }) });
	const scoring = { roots: [project], device: "cpu", threads: 1 };
	const params: MapParams = { ...scoring, files: null, seconds: 60 };
	const at = (name: string) => join(project, name);

	before(() => {
		copySource(project, ["base", "adapt/gate.ts"]);
		writeFileSync(at("plain.ts"), plain.repeat(4));
		writeFileSync(at("strange.ts"), strange);
		utimesSync(at("adapt/gate.ts"), 1.7e9, 1.7e9);
		writeFileSync(at("keys.ts"), `export const key = "${["AKIA", "Q7WJ5XNPR2LTMZKD"].join("")}";\n`);
	});
	after(async () => {
		await learner.dispose();
		rmSync(place, { recursive: true, force: true });
	});

	async function map(given: Partial<MapParams> = {}, signal?: AbortSignal) {
		const files: FileSurprise[] = [];
		const gone: string[] = [];
		const onPart = (part: MapPart) => (part.kind === "scored" ? files.push(part.surprise) : gone.push(part.file));
		const result = await learner.callStream(mapSurprise, { ...params, ...given }, { signal, onPart });
		return { result, files, gone };
	}

	it("scores what may be seen, changed last first, with the numbers of `attune score`", async () => {
		const { result, files } = await map();
		const names = files.map(({ file }) => file);
		ok(!names.includes(at("keys.ts")), "a secret was read");
		deepEqual(
			[result.end, result.adapted, result.scored, result.scoredBytes],
			["finished", false, files.length, result.bytes],
		);
		ok(names.indexOf(at("strange.ts")) < names.indexOf(at("adapt/gate.ts")));
		const scored = await done<ScoreResult>(["score", project, "--lines", "--threads", "1"], {
			home: join(place, "other"),
		});
		equal(scored.files.length, files.length);
		for (const { path, bitsPerByte, lines = [], nll } of scored.files) {
			const same = files.find(({ file }) => file === at(path));
			ok(same !== undefined && Math.abs(same.bitsPerByte - bitsPerByte) < 1e-4, path);
			const bits = lines.reduce((sum, line) => sum + line.bits, 0);
			ok(Math.abs(bits - nll / Math.LN2) < 1e-3 * bits, path);
		}
	});

	it("knows the scores of last time, in another process too", async () => {
		const first = await map();
		await learner.stop();
		const kept = statSync(workspaceFiles(attuneHome(environment), [project]).scores);
		const again = await map();
		deepEqual(again.files, first.files);
		const now = statSync(workspaceFiles(attuneHome(environment), [project]).scores);
		deepEqual([now.size, now.mtimeMs], [kept.size, kept.mtimeMs], "something was scored again");
	});

	it("says what it did not reach in its time", async () => {
		const { result, files } = await map({ seconds: 1e-6 });
		deepEqual([result.end, files.length, result.scored], ["outOfTime", 0, 0]);
		ok(result.files > 3);
	});

	it("scores single files again, and says which are none any more", async () => {
		writeFileSync(at("plain.ts"), strange);
		const { files, gone } = await map({ files: [at("plain.ts"), at("keys.ts"), at("nothing.ts")] });
		deepEqual(
			files.map(({ file }) => file),
			[at("plain.ts")],
		);
		deepEqual(gone, [at("keys.ts"), at("nothing.ts")]);
	});

	it("ends where it is cancelled", async () => {
		const abort = new AbortController();
		const cancelled = learner.callStream(mapSurprise, params, { signal: abort.signal, onPart: () => abort.abort() });
		await rejects(cancelled, { code: "cancelled" });
	});

	it("finds the line that is unlike its file, and what was likelier there", async () => {
		const asked = { ...scoring, file: at("strange.ts"), near: 0, seconds: 60, most: 5 };
		const result = await learner.call(surprisingLines, { ...asked, text: strange });
		ok(result.kind === "scored");
		equal(result.covered, 1);
		const [first] = result.lines;
		equal(first?.line, 9, JSON.stringify(result.lines));
		const line = strange.split("\n")[9] ?? "";
		const { from = 0, to = 0, likeliest = "" } = first?.piece ?? {};
		ok(to > from && to <= line.length);
		ok(likeliest === null || (likeliest !== "" && likeliest !== line.slice(from, to)));
	});

	it("looks at no text that a model may not see", async () => {
		const asked = { ...scoring, file: at("plain.ts"), near: 0, seconds: 60, most: 5 };
		const text = `export const key = "${["AKIA", "Q7WJ5XNPR2LTMZKD"].join("")}";\n`;
		deepEqual(await learner.call(surprisingLines, { ...asked, text }), { kind: "refused", reason: "secretContent" });
		const outside = await learner.call(surprisingLines, { ...asked, file: join(place, "x.ts"), text: plain });
		deepEqual(outside, { kind: "refused", reason: "outside" });
	});
});
