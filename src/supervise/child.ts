/** One forked process with a connection to it. */
import { type ChildProcess, fork } from "node:child_process";
import { IPCMessageReader, IPCMessageWriter } from "vscode-jsonrpc/node";
import { type Log, silentLog } from "#base/log";
import { ping, shutdown, type Vitals } from "#protocol/calls";
import { Connection } from "#protocol/connection";

export interface ChildProgram {
	/** The JavaScript file to run; it connects through `connectToParent`. */
	readonly file: string;
	readonly args?: readonly string[];
	readonly environment?: Readonly<Record<string, string>>;
	/** It stays for long: it is to hold no more memory than it uses, at a little more work for the collector. */
	readonly lean?: boolean;
	/** Lines that the process writes to its streams; they hold no text of files. */
	readonly log?: Log;
}

/** How a child ended, in words. */
export type ChildEnd = string;

export interface Child {
	readonly pid: number | undefined;
	readonly connection: Connection;
	/** Resolves when the process is gone, whoever ended it. */
	readonly ended: Promise<ChildEnd>;
	/** Asks it to end, and kills it if it has not after `patienceMs`. */
	stop(patienceMs: number): Promise<void>;
	kill(): void;
}

/**
 * For glibc, others do not read it. By itself it takes ever larger blocks from a heap that never shrinks, once one of that size was
 * freed: loading a model left tens of megabytes so. These are its first limits, kept.
 */
const leanHeap = { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_TRIM_THRESHOLD_: "131072" };

/** Starts `program` in a Node of its own: the one that runs this, also where that is an editor. */
export function startChild({ file, args = [], environment, lean = false, log = silentLog }: ChildProgram): Child {
	const child = fork(file, [...args], {
		// What this process was started with, a debugger's port for one, is not the child's business. Maps are kept in memory, all of them.
		execArgv: [lean ? "--max-semi-space-size=1" : "--enable-source-maps"],
		serialization: "advanced",
		stdio: ["ignore", "pipe", "pipe", "ipc"],
		env: {
			...{ ...process.env, ...(lean && leanHeap), ...environment },
			...{ ELECTRON_RUN_AS_NODE: "1", ORT_DISABLE_TELEMETRY: "1" },
		},
	});
	for (const stream of [child.stdout, child.stderr])
		stream?.setEncoding("utf8").on("data", (text: string) => {
			for (const line of text.split("\n").filter(Boolean)) log.info(line);
		});
	const connection = new Connection(new IPCMessageReader(child), new IPCMessageWriter(child), log);
	const ended = endOf(child);
	ended.then(() => connection.close());
	return {
		pid: child.pid,
		connection,
		ended,
		kill: () => void child.kill("SIGKILL"),
		async stop(patienceMs) {
			const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
			try {
				await connection.notify(shutdown, null);
			} catch {
				// It is gone already.
			}
			await ended;
			clearTimeout(timer);
		},
	};
}

function endOf(child: ChildProcess): Promise<ChildEnd> {
	return new Promise((resolve) => {
		child.once("error", (error) => resolve(`it could not be started: ${error.message}`));
		child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
	});
}

/** The child's side: its connection to the parent, which answers `ping`. When the parent goes away, `end` ends this process. */
export function connectToParent(log: Log, end: () => void = () => process.exit(0)): Connection {
	process.on("disconnect", end);
	const connection = new Connection(new IPCMessageReader(process), new IPCMessageWriter(process), log);
	connection.handle(ping, async () => vitals());
	return connection;
}

function vitals(): Vitals {
	const { user, system } = process.cpuUsage();
	return { rssMiB: process.memoryUsage.rss() / 2 ** 20, cpuSeconds: (user + system) / 1e6 };
}
