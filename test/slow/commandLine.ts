/** The built command line as a child process: `node dist/cli.js`, with a home of the test's own. */
import { type ChildProcess, spawn } from "node:child_process";
import { programFile } from "#engine/home";

export interface Ended {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly out: string;
	readonly err: string;
}

export interface Running {
	readonly child: ChildProcess;
	/** Wall-clock milliseconds since 1970. */
	readonly startedMs: number;
	/** What it has said for people so far. */
	readonly said: () => string;
	/** Resolves when standard error holds `part`, true, or when the process has ended without, false. */
	readonly says: (part: string) => Promise<boolean>;
	readonly ended: Promise<Ended>;
}

export interface Place {
	/** `$ATTUNE_HOME`. */
	readonly home: string;
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string>>;
}

/** Starts `attune <words> --json`. */
export function start(words: readonly string[], { home, cwd, env }: Place): Running {
	const startedMs = Date.now();
	const child = spawn(process.execPath, [programFile("cli"), ...words, "--json"], {
		cwd,
		env: { ...process.env, ...env, ATTUNE_HOME: home },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let out = "";
	let err = "";
	const listeners = new Set<() => void>();
	const tell = () => {
		for (const listener of listeners) listener();
	};
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		out += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		err += text;
		tell();
	});
	const ended = new Promise<Ended>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (code, signal) => resolve({ code, signal, out, err }));
	});
	const says = (part: string): Promise<boolean> =>
		new Promise((resolve) => {
			const look = () => {
				if (!err.includes(part)) return;
				listeners.delete(look);
				resolve(true);
			};
			listeners.add(look);
			look();
			ended.then(
				() => resolve(err.includes(part)),
				() => resolve(false),
			);
		});
	return { child, startedMs, said: () => err, says, ended };
}

/** Runs `attune <words> --json` to its end. */
export function attune(words: readonly string[], place: Place): Promise<Ended> {
	return start(words, place).ended;
}

/** The one object on standard output of a command that must succeed. */
export async function done<T>(words: readonly string[], place: Place): Promise<T> {
	const { code, signal, out, err } = await attune(words, place);
	if (code !== 0) throw new Error(`attune ${words.join(" ")} ended with ${code ?? signal}:\n${err}`);
	return JSON.parse(out) as T;
}

export interface Failure {
	readonly code: number | null;
	readonly error: { readonly code: string; readonly reason: string; readonly remedy: string; readonly file?: string };
	readonly err: string;
}

/** What a command that must fail says of it. */
export async function failed(words: readonly string[], place: Place): Promise<Failure> {
	const { code, out, err } = await attune(words, place);
	if (code === 0) throw new Error(`attune ${words.join(" ")} succeeded:\n${out}`);
	return { code, error: (JSON.parse(out) as { error: Failure["error"] }).error, err };
}
