import type { ParseArgsConfig } from "node:util";
import { CancelSource, type CancelToken } from "#base/cancel";
import { AttuneError } from "#base/errors";

/** What Ctrl+C means: work that looks at `cancel` ends between two steps, all else at once; a command that waits may ask to be told instead. */
export class Interrupts {
	readonly #source = new CancelSource();
	#heeded = false;
	#asked: (() => void) | undefined;

	/** Whoever takes it looks at it. */
	get cancel(): CancelToken {
		this.#heeded = true;
		return this.#source;
	}

	/** Resolves at the next interrupt, which then cancels nothing. */
	next(): Promise<void> {
		return new Promise((resolve) => {
			this.#asked = resolve;
		});
	}

	/** What becomes of it: a command was told, its work is coming to an end, or there is nothing to wait for. */
	interrupt(): "told" | "stopping" | "now" {
		const asked = this.#asked;
		this.#asked = undefined;
		if (asked !== undefined) {
			asked();
			return "told";
		}
		if (!this.#heeded || this.#source.cancelled) return "now";
		this.#source.cancel();
		return "stopping";
	}
}

/** Where a command's words go. With `--json` standard output holds one object and nothing else. */
export interface Terminal {
	readonly json: boolean;
	/** For people, whatever the options: standard error with `--json`, else standard output. */
	print(text: string): void;
	/** As `print`, but the line goes on. */
	write(text: string): void;
	/** A line beside the result, for people: standard error. */
	note(text: string): void;
	/** A line that the next one replaces; standard error. */
	progress(line: string): void;
	readonly interrupts: Interrupts;
}

export interface Command {
	readonly name: string;
	/** After the name, as in `attune adapt <folder>`. */
	readonly usage: string;
	readonly summary: string;
	/** One line per option, for the help. */
	readonly help?: readonly string[];
	readonly options: NonNullable<ParseArgsConfig["options"]>;
	/** Does the work and returns what `--json` prints. */
	run(words: readonly string[], options: Options, terminal: Terminal): Promise<object>;
}

/** Parsed options, read by type: a wrong value is a usage error that names the option. */
export class Options {
	readonly #values: Readonly<Record<string, unknown>>;

	constructor(values: Readonly<Record<string, unknown>>) {
		this.#values = values;
	}

	flag(name: string): boolean {
		return this.#values[name] === true;
	}

	text(name: string): string | undefined {
		const value = this.#values[name];
		return typeof value === "string" ? value : undefined;
	}

	choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
		const value = this.text(name) ?? fallback;
		const found = choices.find((choice) => choice === value);
		if (found === undefined) throw usageError(`--${name} is one of ${choices.join(", ")}, not "${value}"`);
		return found;
	}

	/** A number of at least `min`; undefined if not given. */
	number(name: string, min: number, whole = true): number | undefined {
		const text = this.text(name);
		if (text === undefined) return undefined;
		const value = Number(text);
		if (text.trim() === "" || !Number.isFinite(value) || value < min || (whole && !Number.isInteger(value)))
			throw usageError(`--${name} is a ${whole ? "whole " : ""}number of at least ${min}, not "${text}"`);
		return value;
	}
}

export function usageError(reason: string): AttuneError {
	return new AttuneError("usage", reason, { remedy: "See `attune --help`." });
}

/** The only word of a command that takes exactly one. */
export function oneWord(words: readonly string[], what: string): string {
	const [word, extra] = words;
	if (word === undefined) throw usageError(`${what} is missing`);
	if (extra !== undefined) throw usageError(`"${extra}" is one word too many`);
	return word;
}
