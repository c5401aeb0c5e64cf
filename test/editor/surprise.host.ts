/** The surprise map inside a real editor: badges on files, marks on lines, kept up, and gone when hidden. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands, Uri, workspace } from "vscode";
import type { Attune } from "#editor/activate";
import type { MapResult } from "#protocol/surprise";
import { openFile } from "#test/editor/project";
import { attune, open, restore, typeAtEnd, until } from "#test/editor/running";

const odd = 'const zzqx = "Vrkt9 wjq0 blorpgh xq7 ßß";\n';

describe("editor/surprise", () => {
	let running: Attune;
	const folder = () => workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
	const uriOf = (name: string) => Uri.file(join(folder(), name));
	const scoreOf = (name: string) => running.fileMap.files.get(uriOf(name).toString());
	const decoration = (name: string) => running.fileMap.provideFileDecoration(uriOf(name));

	before(async () => {
		running = await attune();
	});
	after(async () => {
		await commands.executeCommand("attune.hideSurprise");
		rmSync(uriOf("fresh.ts").fsPath, { force: true });
	});

	it("scores nothing before it is asked for", () => {
		equal(running.fileMap.files.size, 0);
		equal(decoration(openFile), undefined);
	});

	it("puts a badge on every file that a model may see, compared with the project's median", async () => {
		const result = await commands.executeCommand<MapResult>("attune.showSurprise");
		equal(result.end, "finished");
		equal(result.scored, running.fileMap.files.size);
		const { state } = running.serving;
		equal(result.adapted, state.kind === "ready" && state.resident.adapter !== null);
		deepEqual([scoreOf("ignored.ts"), scoreOf("keys.ts")], [undefined, undefined]);
		const scored = scoreOf(openFile);
		ok(scored !== undefined && scored.bitsPerByte > 0);
		const { badge, tooltip } = decoration(openFile) ?? {};
		ok(["▁", "▃", "▅", "▇"].includes(badge ?? ""), badge);
		match(tooltip ?? "", new RegExp(`${scored.bitsPerByte.toFixed(2)} bits per byte, .* times the project's median`));
	});

	it("scores a file again when it changes, and forgets one that is gone", async () => {
		writeFileSync(uriOf("fresh.ts").fsPath, "export const one = 1;\n".repeat(20));
		await until("its score", 30, () => scoreOf("fresh.ts") !== undefined);
		const before = scoreOf("fresh.ts")?.bitsPerByte ?? 0;
		writeFileSync(uriOf("fresh.ts").fsPath, odd.repeat(2));
		await until("another score", 30, () => (scoreOf("fresh.ts")?.bitsPerByte ?? 0) > before);
		rmSync(uriOf("fresh.ts").fsPath);
		await until("its end", 30, () => scoreOf("fresh.ts") === undefined);
	});

	it("marks the line of an open file that is unlike the rest, saved or not", async () => {
		const editor = await open(openFile);
		const text = readFileSync(uriOf(openFile).fsPath, "utf8");
		const { document } = editor;
		const marked = () => running.lineMap.marked.get(document.uri.toString());
		await until("marks", 30, () => marked() !== undefined);
		await typeAtEnd(editor, odd);
		const line = document.lineCount - 2;
		await until("the new line's mark", 30, () => marked()?.lines[0]?.line === line);
		const { bits = 0, piece } = marked()?.lines[0] ?? {};
		ok(bits > 12 && piece !== undefined && piece.to <= document.lineAt(line).text.length);
		await restore(editor, text);
	});

	it("ends when it is cancelled, and goes away when it is hidden", async () => {
		await commands.executeCommand("attune.hideSurprise");
		deepEqual([running.fileMap.files.size, running.lineMap.marked.size], [0, 0]);
		equal(decoration(openFile), undefined);
		const drawing = commands.executeCommand("attune.showSurprise");
		await commands.executeCommand("attune.hideSurprise");
		equal(await drawing, undefined);
		equal(running.fileMap.files.size, 0);
	});

	it("leaves no process behind", async () => {
		await until("its end", 20, () => running.learner.state.kind === "stopped");
	});
});
