/** Keep-learning inside a real editor: off until it is wanted, learns what is saved when nobody types, gives way, comes back when killed. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { commands, workspace } from "vscode";
import type { Attune } from "#editor/activate";
import type { AdaptResult } from "#protocol/learning";
import { openFile } from "#test/editor/project";
import { attune, open, typeAtEnd, until } from "#test/editor/running";
import { wideProject, wideSources } from "#test/slow/realProject";

describe("editor/keeping", function () {
	this.timeout(240_000);
	let running: Attune;
	const made: string[] = [];
	const state = () => running.keeping.kept.state;
	const is = (reason: string) => {
		const now = state();
		return now.kind === "paused" && now.reason === reason;
	};
	const windows = () => running.keeping.kept.score?.stream.predicted.windows ?? 0;
	const set = (name: string, value: unknown) => workspace.getConfiguration("attune").update(name, value, true);
	/** New text, as another program would write it, of a source that the project has not; its lines are too long to be written in an exam, which would take minutes. */
	const news = (source: string) => {
		const folder = workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
		ok(!wideSources.includes(source));
		wideProject(folder, [source]);
		made.push(join(folder, basename(source)));
	};
	const upToDate = () => until("all is learned", 200, () => state().kind === "upToDate" && !isRunning());
	const isRunning = () => state().kind === "learning";

	before(async () => {
		running = await attune();
		await open(openFile);
	});
	after(async () => {
		await set("adapt.keepLearning", undefined);
		for (const file of made) rmSync(file, { force: true });
	});

	it("is off unless somebody wants it, and starts nothing", () => {
		ok(is("off"), JSON.stringify(state()));
		equal(running.keeping.kept.score, undefined);
	});

	it("waits until what is read was shown and agreed to", async () => {
		await commands.executeCommand("attune.toggleKeepLearning");
		equal(workspace.getConfiguration("attune").get("adapt.keepLearning"), true);
		ok(is("notAgreed"), JSON.stringify(state()));
		await new Promise((done) => setTimeout(done, 4_000));
		deepEqual([state().kind, running.learner.state.kind, windows()], ["paused", "stopped", 0]);
		await set("adapt.updates", 2);
		const run = commands.executeCommand<AdaptResult | undefined>("attune.adapt");
		await new Promise((done) => setTimeout(done, 2_500));
		await commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
		ok((await run) !== undefined);
		ok(!is("notAgreed"));
		await set("adapt.updates", 12);
	});

	it("takes what is there for known, and learns what is saved", async () => {
		await upToDate();
		equal(windows(), 0);
		news("adapt/gate.ts");
		await until("new lines", 120, () => windows() > 0);
		await upToDate();
		const { score } = running.keeping.kept;
		ok(score !== undefined && score.stream.compared.base.windows === score.stream.predicted.windows);
	});

	it("shows what it does and what it gains, in the status bar and on a page", async () => {
		running.statusBar.update();
		const { tooltip } = running.statusBar.item;
		match(typeof tooltip === "object" ? tooltip.value : "", /Keep-learning.*new lines cost \d\.\d\d bits per byte/);
		await commands.executeCommand("attune.showKeeping");
		const page = running.pages.text("What Attune keeps learning") ?? "";
		match(page, /\*\*All that changed is learned\.\*\*/);
		match(page, /bits per byte \| \d\.\d{3} \| \d\.\d{3}/);
	});

	it("learns what is saved in the editor, and the page that is open shows the new score by itself", async () => {
		const page = () => running.pages.text("What Attune keeps learning") ?? "";
		const score = () => page().match(/bits per byte \|.*/)?.[0];
		const before = score();
		ok(before !== undefined);
		const editor = await open("split.ts");
		const lines = (name: string) =>
			`export function ${name}(items: readonly string[]): string { return items.map((item) => item.trim()).join("${name}"); }\n`;
		await typeAtEnd(editor, ["first", "second", "third", "fourth", "fifth"].map(lines).join(""));
		await editor.document.save();
		await until("the new score", 120, () => score() !== before);
		await until("its end", 120, () => page().includes("**All that changed is learned.**"));
		await commands.executeCommand("workbench.action.closeAllEditors");
		const [closed, seen] = [page(), windows()];
		news("adapt/preset.ts");
		await until("new lines", 120, () => windows() > seen);
		await upToDate();
		equal(page(), closed, "a page that nobody looks at was drawn");
	});

	it("pauses while somebody types, and says so", async () => {
		const editor = await open(openFile);
		await typeAtEnd(editor, "// ");
		ok(!isRunning());
		news("adapt/keep.ts");
		await until("the pause", 20, () => is("typing"));
		await upToDate();
		const before = windows();
		news("adapt/train.ts");
		await until("learning", 60, isRunning);
		await typeAtEnd(editor, "more");
		ok(is("typing"), JSON.stringify(state()));
		await upToDate();
		ok(windows() > before);
		await editor.document.save();
	});

	it("does not learn on battery, and says so", async () => {
		const { power } = running.keeping;
		running.keeping.power = async () => "battery";
		const before = windows();
		news("adapt/select.ts");
		await until("the pause", 30, () => is("battery"));
		equal(windows(), before);
		running.keeping.power = power;
		running.keeping.consider();
		await until("new lines", 120, () => windows() > before);
		await upToDate();
	});

	it("goes on when its process is killed", async () => {
		const before = windows();
		news("adapt/nearDuplicate.ts");
		await until("learning", 60, () => isRunning() && running.learner.state.kind === "running");
		const { state: process_ } = running.learner;
		if (process_.kind === "running" && process_.pid !== undefined) process.kill(process_.pid, "SIGKILL");
		await until("new lines", 120, () => windows() > before);
		await upToDate();
	});

	it("gives way to a run that the user asks for, and begins anew from what that left", async () => {
		await set("adapt.updates", 2);
		news("adapt/offline.ts");
		await until("learning", 60, isRunning);
		const run = commands.executeCommand<AdaptResult | undefined>("attune.adapt");
		await until("the pause", 60, () => is("adapting"));
		equal((await run)?.training?.steps, 2);
		await set("adapt.updates", 12);
		await upToDate();
	});

	it("ends when it is switched off, and leaves no process behind", async () => {
		await commands.executeCommand("attune.toggleKeepLearning");
		await until("its end", 30, () => is("off") && running.learner.state.kind === "stopped");
		deepEqual(state(), { kind: "paused", reason: "off" });
	});
});
