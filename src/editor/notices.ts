/** Failures as the user meets them: each at most once a session, with what to do about it. */
import { commands, type LogOutputChannel, l10n, window } from "vscode";
import { AttuneError } from "#base/errors";

export interface Remedy {
	readonly label: string;
	readonly command: string;
	/** What the command is given. */
	readonly values?: readonly unknown[];
}

export class Notices {
	readonly #log: LogOutputChannel;
	readonly #shown = new Set<string>();

	constructor(log: LogOutputChannel) {
		this.#log = log;
	}

	/** `again`: the user asked for what failed, and is told though it failed before. */
	failed(error: unknown, remedies: readonly Remedy[] = [], again = false): void {
		const { message, remedy } = wordsOf(error);
		this.#log.error(`${message} ${remedy}`);
		if (this.#shown.has(message) && !again) return;
		this.#shown.add(message);
		const offered = [...remedies, { label: l10n.t("Show Log"), command: "attune.showLog" }];
		window
			.showErrorMessage(`Attune: ${sentence(message)} ${remedy}`, ...offered.map(({ label }) => label))
			.then((label) => run(offered, label));
	}

	tell(message: string, remedies: readonly Remedy[] = []): void {
		window
			.showInformationMessage(`Attune: ${message}`, ...remedies.map(({ label }) => label))
			.then((label) => run(remedies, label));
	}
}

export function isCancelled(error: unknown): boolean {
	return error instanceof AttuneError && error.code === "cancelled";
}

/** A failure as a person reads it: what went wrong, and what to do about it. */
export function wordsOf(error: unknown): { readonly message: string; readonly remedy: string } {
	if (error instanceof AttuneError) return { message: error.message, remedy: error.remedy };
	const message = error instanceof Error ? error.message : String(error);
	return { message, remedy: l10n.t("This is a defect of Attune: please report it with its diagnostics.") };
}

function sentence(text: string): string {
	return /[.!?]$/.test(text) ? text : `${text}.`;
}

function run(remedies: readonly Remedy[], label: string | undefined): void {
	const chosen = remedies.find((remedy) => remedy.label === label);
	if (chosen !== undefined) commands.executeCommand(chosen.command, ...(chosen.values ?? []));
}
