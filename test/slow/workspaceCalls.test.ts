/** What the processes answer about a workspace, as the editor asks: what may be read, what would be, what is kept. */
import { deepEqual, equal } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programFile } from "#engine/home";
import { keptFor, listFiles, mayRead } from "#protocol/workspace";
import { type Child, startChild } from "#supervise/child";

const secret = `const key = "${["AKIA", "Q7WJ5XNPR2LTMZKD"].join("")}";\n`;

describe("calls about a workspace", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-workspace-"));
	const root = join(place, "project");
	let child: Child;
	const judged = async (file: string, text: string, roots = [root]) => {
		const answer = await child.connection.call(mayRead, { roots, file, text });
		return answer.kind === "allowed" ? answer.path : answer.reason;
	};
	before(() => {
		mkdirSync(join(root, "src"), { recursive: true });
		writeFileSync(join(root, ".gitignore"), "out.ts\n");
		for (const path of ["src/a.ts", "out.ts", "../outside.ts"])
			writeFileSync(join(root, path), "export const a = 1;\n");
		child = startChild({ file: programFile("serve"), environment: { ATTUNE_HOME: join(place, "home") } });
		child.connection.listen();
	});
	after(async () => {
		await child.stop(5_000);
		rmSync(place, { recursive: true, force: true });
	});

	it("judge a document by its path and by the text it has now, saved or not", async () => {
		const file = join(root, "src/a.ts");
		equal(await judged(file, "export const b = 2;\n"), "src/a.ts");
		equal(await judged(file, secret), "secretContent");
		equal(await judged(join(root, "out.ts"), "export const b = 2;\n"), "ignored");
	});

	it("judge a document outside the workspace by its content alone", async () => {
		const file = join(place, "outside.ts");
		equal(await judged(file, "export const b = 2;\n"), "outside.ts");
		equal(await judged(file, "export const b = 2;\n", []), "outside.ts");
		equal(await judged(file, secret, []), "secretContent");
		equal(await judged(join(place, "nowhere.ts"), "x\n"), "unreadable");
	});

	it("list what learning would read, and the rest with reasons", async () => {
		const { used, skipped } = await child.connection.call(listFiles, { roots: [root] });
		deepEqual(
			used.map(({ path }) => path),
			[".gitignore", "src/a.ts"],
		);
		deepEqual(
			skipped.map(({ path, reason }) => [path, reason]),
			[["out.ts", "ignored"]],
		);
	});

	it("know of nothing kept where nothing was learned", async () => {
		deepEqual(await child.connection.call(keptFor, { roots: [root] }), { adapter: null, resumable: false });
	});
});
