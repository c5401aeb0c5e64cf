/** The command line: words in, an exit code out. */
import { parseArgs } from "node:util";
import { AttuneError, describeError, messageOf } from "#base/errors";
import { type Command, Interrupts, Options, type Terminal, usageError } from "./command.ts";

export interface Streams {
	/** Standard output and error. */
	readonly out: { write(text: string): unknown };
	readonly err: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** Runs one command line (without node and script). Returns 0 done, 1 failed, 2 wrong usage. */
export async function run(
	words: readonly string[],
	commands: readonly Command[],
	streams: Streams,
	interrupts = new Interrupts(),
): Promise<0 | 1 | 2> {
	const json = words.includes("--json");
	const terminal = openTerminal(json, streams, interrupts);
	try {
		// The one option that every command has may stand before its name.
		const [name, ...rest] = words.filter((word) => word !== "--json");
		if (name === undefined && json) throw usageError("a command is missing");
		if (name === undefined || name === "--help" || name === "help") {
			terminal.print(overview(commands));
			return name === undefined ? 2 : 0;
		}
		const command = commands.find((candidate) => candidate.name === name);
		if (command === undefined) throw usageError(`there is no command "${name}"`);
		if (rest.includes("--help")) {
			terminal.print(helpOf(command));
			return 0;
		}
		const { positionals, values } = parse(command, rest);
		const result = await command.run(positionals, new Options(values), terminal);
		terminal.progress("");
		if (json) streams.out.write(`${JSON.stringify(result)}\n`);
		return 0;
	} catch (error) {
		terminal.progress("");
		streams.err.write(`attune: ${describeError(error)}\n`);
		if (json) streams.out.write(`${JSON.stringify(failureData(error))}\n`);
		return error instanceof AttuneError && error.code === "usage" ? 2 : 1;
	}
}

function parse(command: Command, words: readonly string[]) {
	try {
		return parseArgs({
			args: [...words],
			options: { ...command.options, json: { type: "boolean" } },
			allowPositionals: true,
		});
	} catch (error) {
		throw usageError(`${messageOf(error)} (attune ${command.name} ${command.usage})`);
	}
}

function failureData(error: unknown): object {
	if (!(error instanceof AttuneError))
		return { error: { code: "internal", reason: messageOf(error), remedy: "Please report this." } };
	const { code, message, remedy, file, found } = error;
	return { ...found, error: { code, reason: message, remedy, ...(file !== undefined && { file }) } };
}

function openTerminal(json: boolean, { out, err }: Streams, interrupts: Interrupts): Terminal {
	let shown = false;
	const clear = (): void => {
		if (shown) err.write("\r\u001b[K");
		shown = false;
	};
	let last = 0;
	return {
		json,
		interrupts,
		print(text) {
			clear();
			(json ? err : out).write(`${text}\n`);
		},
		write(text) {
			clear();
			(json ? err : out).write(text);
		},
		note(text) {
			clear();
			err.write(`${text}\n`);
		},
		progress(line) {
			if (line === "") return clear();
			if (err.isTTY === true) {
				clear();
				err.write(line);
				shown = true;
			} else if (performance.now() - last > 5_000) {
				last = performance.now();
				err.write(`${line}\n`);
			}
		},
	};
}

function overview(commands: readonly Command[]): string {
	const width = Math.max(...commands.map(({ name }) => name.length));
	const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
	return [
		"attune <command> [--json]: a private assistant that learns your project, on your machine",
		"",
		...lines,
		"",
		"`attune <command> --help` says more. Exit codes: 0 done, 1 failed, 2 wrong usage.",
	].join("\n");
}

function helpOf(command: Command): string {
	return [
		`attune ${command.name} ${command.usage}`,
		"",
		command.summary,
		...(command.help ?? []).map((line) => `  ${line}`),
	].join("\n");
}
