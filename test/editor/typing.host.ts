/**
 * What typing costs the extension host, measured inside it: `node out/test/host/editorRing.child.js - typing` on a quiet machine. Prints one line
 * of numbers; the bounds here only catch what is broken on any machine.
 */
import { ok } from "node:assert/strict";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { commands, workspace } from "vscode";
import type { Attune } from "#editor/activate";
import { ping } from "#protocol/connection";
import { longestBlockBy } from "#test/editor/ownBlock";
import { openFile } from "#test/editor/project";
import { attune, open, restore, until } from "#test/editor/running";

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

describe("editor/typing, measured", function () {
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

	async function type(): Promise<void> {
		await open(openFile);
		await commands.executeCommand("cursorBottom");
		for (const key of text) {
			await commands.executeCommand("type", { text: key });
			await new Promise((resolve) => setTimeout(resolve, rhythm));
		}
	}

	/** A report may have been opened in its place. */
	const forget = async () => restore(await open(openFile), whole);

	const say = (what: string, { longestBlock, ownBlock, host, serving }: Load) => {
		const blocks = `longest block ${longestBlock.toFixed(1)} ms by anybody, ${ownBlock.toFixed(1)} by us`;
		report(`${what}: ${blocks}, host ${(100 * host).toFixed(0)} %, serving ${(100 * serving).toFixed(0)} % of a core`);
		ok(ownBlock < 100, `${what}: we held the host up for ${ownBlock} ms`);
	};

	it("activates at once", () => {
		report(`activation: ${running.activationMs.toFixed(1)} ms`);
		ok(running.activationMs < 2_000, `${running.activationMs} ms`);
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

	it("costs no more while a project is learned", async () => {
		// Longer than the typing takes.
		await workspace.getConfiguration("attune").update("adapt.updates", 60, true);
		const run = commands.executeCommand("attune.adapt");
		await new Promise((resolve) => setTimeout(resolve, 2_500));
		await commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
		await until("learning", 60, () => running.adaptation.learning !== undefined);
		const adapting = await load(type);
		say("typing while adapting", adapting);
		ok(adapting.longestBlock < 5_000 && adapting.host < 2, JSON.stringify(adapting));
		await run;
		await workspace.getConfiguration("attune").update("adapt.updates", 12, true);
		await forget();
	});
});
