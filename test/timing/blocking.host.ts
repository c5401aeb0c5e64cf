/**
 * What Attune costs the extension host, measured inside it with nothing beside it, a line of numbers for each scene:
 * `node out/test/host/editorRing.child.js /tmp/counts.json blocking`.
 */
import { ok } from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { commands, workspace } from "vscode";
import type { Attune } from "#editor/activate";
import { ping } from "#protocol/calls";
import { longestBlockBy } from "#test/editor/ownBlock";
import { openFile } from "#test/editor/project";
import { attune, open, restore, until } from "#test/editor/running";
import { bounds } from "#test/timing/bounds";

/** Milliseconds between keys: five a second. */
const rhythm = 200;
const text = "export function average(items: readonly Item[]): number {\n\treturn items.re";

/** Among the tests' own lines. */
function report(line: string): void {
	// biome-ignore lint/suspicious/noConsole: inside the editor there is no other way to the tests' output.
	console.log(`      ${line}`);
}

interface Load {
	/** Longest that the host's event loop was held up, by anybody, in milliseconds. */
	readonly longestBlock: number;
	/** By our own code and what it called. */
	readonly ownBlock: number;
	/** Processor time of host and serving process over wall time, in shares of one core. */
	readonly host: number;
	readonly serving: number;
}

describe("timing/blocking", function () {
	this.timeout(240_000);
	let running: Attune;
	let whole: string;

	before(async () => {
		running = await attune();
		whole = (await open(openFile)).document.getText();
		await running.serving.ready();
	});

	async function load(work: () => Promise<void>): Promise<Load> {
		const servingSeconds = async () => (await running.serving.supervisor.call(ping, null)).cpuSeconds;
		const delay = monitorEventLoopDelay({ resolution: 1 });
		const [before, started, served] = [process.cpuUsage(), performance.now(), await servingSeconds()];
		delay.enable();
		const ownBlock = await longestBlockBy("/dist/extension.cjs", work);
		delay.disable();
		const seconds = (performance.now() - started) / 1000;
		const { user, system } = process.cpuUsage(before);
		return {
			...{ longestBlock: delay.max / 1e6, ownBlock },
			host: (user + system) / 1e6 / seconds,
			serving: ((await servingSeconds()) - served) / seconds,
		};
	}

	async function type(name = openFile, keys = text): Promise<void> {
		await open(name);
		await commands.executeCommand("cursorBottom");
		for (const key of keys) {
			await commands.executeCommand("type", { text: key });
			await new Promise((resolve) => setTimeout(resolve, rhythm));
		}
	}

	/** A report may have been opened in its place. */
	const forget = async () => restore(await open(openFile), whole);
	const inProject = (name: string) => join(workspace.workspaceFolders?.[0]?.uri.fsPath ?? "", name);

	const say = (what: string, { longestBlock, ownBlock, host, serving }: Load) => {
		const blocks = `longest block ${longestBlock.toFixed(1)} ms by anybody, ${ownBlock.toFixed(1)} by us`;
		report(`${what}: ${blocks}, host ${(100 * host).toFixed(0)} %, serving ${(100 * serving).toFixed(0)} % of a core`);
		ok(ownBlock <= bounds.block, `${what}: we held the host up for ${ownBlock} ms`);
	};

	it("activates at once", () => {
		report(`activation: ${running.activationMs.toFixed(1)} ms`);
		ok(running.activationMs <= bounds.activation, `${running.activationMs} ms`);
	});

	it("costs little at rest and at five keys a second", async () => {
		const rest = await load(() => new Promise((resolve) => setTimeout(resolve, 5_000)));
		say("at rest", rest);
		const typing = await load(type);
		say("typing", typing);
		ok(typing.ownBlock > 0, "the profile knows nothing of us");
		ok(typing.longestBlock < 5_000 && typing.host + typing.serving < 0.6, JSON.stringify(typing));
		await forget();
	});

	it("costs no more in a document of thousands of lines", async () => {
		const large = inProject("large.ts");
		const line = (i: number) => `export const part${i} = (items: readonly Item[]): number => items.length + ${i};\n`;
		writeFileSync(large, Array.from({ length: 4_000 }, (_, i) => line(i)).join(""));
		try {
			say("typing into 4,000 lines", await load(() => type("large.ts", text.slice(0, 30))));
			await commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
		} finally {
			rmSync(large);
		}
	});

	it("costs no more while an answer comes", async () => {
		await commands.executeCommand("attune.openChat");
		await until("the page", 20, () => running.chat.view.paintedMs !== undefined);
		const question = { question: "What does total return?", attached: [], useProject: true };
		say("an answer", await load(() => running.chat.sessions.ask(question)));
		ok((running.chat.sessions.current.turns.at(-1)?.answer.length ?? 0) > 0, "no answer came");
	});

	it("costs no more while a map is drawn of many files", async () => {
		const folder = inProject("many");
		mkdirSync(folder);
		const files = 60;
		for (let i = 0; i < files; i++) {
			const names = Array.from(
				{ length: 12 },
				(_, k) => `export const v${(i * 7919 + k * 104_729) % 99_991} = ${i + k};`,
			);
			writeFileSync(join(folder, `part${i}.ts`), `${names.join("\n")}\n`);
		}
		try {
			say("a map", await load(async () => void (await commands.executeCommand("attune.showSurprise"))));
			ok(running.fileMap.files.size >= files, `${running.fileMap.files.size} files on the map`);
		} finally {
			await commands.executeCommand("attune.hideSurprise");
			rmSync(folder, { recursive: true });
		}
	});

	it("costs no more while a project is learned", async () => {
		// More than the typing lasts.
		await workspace.getConfiguration("attune").update("adapt.updates", 60, true);
		const run = commands.executeCommand("attune.adapt");
		await new Promise((resolve) => setTimeout(resolve, 2_500));
		await commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
		await until("learning", 60, () => running.adaptation.learning !== undefined);
		const adapting = await load(type);
		say("typing while adapting", adapting);
		ok(adapting.longestBlock < 5_000 && adapting.host < 2, JSON.stringify(adapting));
		running.adaptation.cancel();
		await run;
		await workspace.getConfiguration("attune").update("adapt.updates", 12, true);
		await forget();
	});
});
