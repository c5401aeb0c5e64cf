/** Runs test files with mocha inside the extension host of a real VS Code. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { openBrowser } from "#test/host/browser";
import { type ServerOptions, startServer, workbenchUrl } from "#test/host/server";
import type { Host } from "#test/host/setup";

export interface HostRun extends ServerOptions {
	/** Built test files, absolute. */
	readonly files: readonly string[];
	readonly workspace: string;
	/** Of one test, in milliseconds. */
	readonly timeout: number;
	/** Of all of it, in seconds. */
	readonly limit: number;
}

export interface Counts {
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
	/** On each test that failed or was tried again. */
	readonly remarks: readonly string[];
}

/** What `inHost.cjs` is told, and where it leaves what it has to say. */
export function hostTask({ files, workspace, timeout }: Pick<HostRun, "files" | "workspace" | "timeout">) {
	const notes = join(workspace, "..", "host-run");
	const [output, counts] = [`${notes}.txt`, `${notes}.json`];
	writeFileSync(output, "");
	const task = JSON.stringify({ mocha: resolve("node_modules/mocha"), files, timeout, output, counts });
	return { task, output, counts, log: `${notes}.log` };
}

/** The repository is the extension under development. Output goes to `print` as it comes. Throws if the extension host dies. */
export async function runInHost(host: Host, run: HostRun, print: (text: string) => void): Promise<Counts> {
	const { files, workspace, timeout, limit, environment, ...options } = run;
	const { task, output, counts, log } = hostTask(run);
	const { finished, close } = await openForTests(host, {
		...{ ...options, workspace, limit, extension: resolve("."), tests: resolve("test/host/inHost.cjs") },
		environment: { ...environment, ATTUNE_HOST_RUN: task },
		onLog: (line) => appendFileSync(log, `${line}\n`),
	});
	let printed = 0;
	const drain = () => {
		const text = readFileSync(output, "utf8");
		print(text.slice(printed));
		printed = text.length;
	};
	const draining = setInterval(drain, 200);
	try {
		const { words } = await finished;
		drain();
		if (existsSync(counts)) return JSON.parse(readFileSync(counts, "utf8"));
		throw new Error(`the extension host left no result: ${words}`);
	} finally {
		clearInterval(draining);
		await close();
	}
}

interface TestWindow extends ServerOptions {
	readonly workspace: string;
	/** Folder of the extension under development. */
	readonly extension: string;
	/** Module whose `run` is called in its host. */
	readonly tests: string;
	/** Seconds. */
	readonly limit: number;
	onLog(line: string): void;
}

/** A window that runs tests. `code` is the one that it ended with; a host that died may say 0, too. */
export async function openForTests(host: Host, options: TestWindow) {
	const { workspace, extension, tests, limit, onLog, ...rest } = options;
	const server = await startServer(host, { ...rest, testDriver: true });
	const { browser, page } = await openBrowser(host);
	const finished = new Promise<{ readonly code: number; readonly words: string }>((finish) => {
		// The web client calls these two when it is given tests.
		page.exposeFunction("codeAutomationExit", (code: number) =>
			finish({ code, words: "it ended before the tests did" }),
		);
		page.exposeFunction("codeAutomationLog", (kind: string, parts: unknown[]) =>
			onLog(`[${kind}] ${parts.map(String).join(" ")}`),
		);
		page.once("crash", () => finish({ code: 2, words: "its window crashed" }));
		setTimeout(() => finish({ code: 2, words: `it took more than ${limit} s` }), limit * 1000).unref();
	});
	const remote = (path: string) => `vscode-remote://remote${resolve(path)}`;
	const payload = [
		["extensionDevelopmentPath", remote(extension)],
		["extensionTestsPath", remote(tests)],
		["skipWelcome", "true"],
		["skipReleaseNotes", "true"],
	] as const;
	const close = async () => {
		await browser.close();
		await server.stop();
	};
	try {
		await page.goto(workbenchUrl(server, workspace, payload), { timeout: 120_000 });
	} catch (error) {
		await close();
		throw error;
	}
	return { finished, close };
}
