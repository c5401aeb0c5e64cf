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
}

/** The repository is the extension under development. Output goes to `print` as it comes. Throws if the extension host dies. */
export async function runInHost(host: Host, run: HostRun, print: (text: string) => void): Promise<Counts> {
	const { files, workspace, timeout, limit, environment, ...options } = run;
	const mocha = resolve("node_modules/mocha");
	const notes = join(workspace, "..", "host-run");
	const [output, counts] = [`${notes}.txt`, `${notes}.json`];
	writeFileSync(output, "");
	const task = JSON.stringify({ mocha, files, timeout, output, counts });
	const server = await startServer(host, {
		...{ ...options, testDriver: true },
		environment: { ...environment, ATTUNE_HOST_RUN: task },
	});
	const { browser, page } = await openBrowser(host);
	let printed = 0;
	const drain = () => {
		const text = readFileSync(output, "utf8");
		print(text.slice(printed));
		printed = text.length;
	};
	const draining = setInterval(drain, 200);
	try {
		const finished = new Promise<string>((finish) => {
			// The web client calls these two when it is given tests.
			page.exposeFunction("codeAutomationExit", () => finish("it ended before the tests did"));
			page.exposeFunction("codeAutomationLog", (kind: string, parts: unknown[]) =>
				appendFileSync(`${notes}.log`, `[${kind}] ${parts.map(String).join(" ")}\n`),
			);
			page.once("crash", () => finish("its window crashed"));
			setTimeout(() => finish(`it took more than ${limit} s`), limit * 1000).unref();
		});
		const remote = (path: string) => `vscode-remote://remote${resolve(path)}`;
		const payload = [
			["extensionDevelopmentPath", remote(".")],
			["extensionTestsPath", remote("test/host/inHost.cjs")],
			["skipWelcome", "true"],
			["skipReleaseNotes", "true"],
		] as const;
		await page.goto(workbenchUrl(server, workspace, payload), { timeout: 120_000 });
		const end = await finished;
		drain();
		if (existsSync(counts)) return JSON.parse(readFileSync(counts, "utf8"));
		throw new Error(`the extension host left no result: ${end}`);
	} finally {
		clearInterval(draining);
		await browser.close();
		await server.stop();
	}
}
