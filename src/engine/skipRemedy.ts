/** What the user can do where a file is not read. */
import type { SkippedFile, SkipReason } from "#adapt/source";

export function whySkipped({ reason, detail }: SkippedFile): string {
	return detail === undefined ? reason : `${reason}: ${detail}`;
}

export type ListedSkip = SkippedFile & { readonly remedy: string };

/** As lists show them, of files that were named and of files in a folder. */
export function withRemedies(skipped: readonly SkippedFile[]): ListedSkip[] {
	return skipped.map((file) => ({ ...file, remedy: remedies[file.reason] }));
}

/** A line for each file, and one for each reason with what helps against it. */
export function listSkipped(skipped: readonly SkippedFile[]): string[] {
	const reasons = [...new Set(skipped.map(({ reason }) => reason))];
	return [
		...skipped.map((file) => `skipped   ${file.path}: ${whySkipped(file)}`),
		...reasons.map((reason) => `remedy    ${reason}: ${remedies[reason]}`),
	];
}

/** For the reason that all have in common; without one, for files in general. */
export function skipRemedy(skipped: readonly SkippedFile[]): string {
	const [reason, ...others] = new Set(skipped.map((file) => file.reason));
	return reason === undefined || others.length > 0 ? anyRemedy : remedies[reason];
}

const anyRemedy = "Name files or folders with text that is neither ignored nor secret.";

const credentials = "Rename the file if it holds none: files of credentials are never read, whoever asks.";
const liftable = "Name the file itself, or take it back with a line `!<path>` in .attuneignore.";

const remedies: Readonly<Record<SkipReason, string>> = {
	ignored: liftable,
	excludedFolder:
		"Take the folder back with a line `!<path>/` in .attuneignore if it holds text of the project's own; version control stays out.",
	binary: "Only plain text is read: source code, Markdown or the like.",
	tooLarge: "Split the file: large files are data more often than text.",
	empty: "Write something into the file first, and save it.",
	invalidText: "Save the file as UTF-8, or as UTF-16 with a byte order mark.",
	generated: liftable,
	minified: liftable,
	vendored: liftable,
	lockFile: liftable,
	secretName: credentials,
	secretContent: "Take the secret out of the file: what looks like a credential is never read.",
	nearDuplicate: "Nothing is lost, its like is read; name it by itself to have it read all the same.",
	unreadable: "Give yourself the right to read it, or rename it if its name is not valid UTF-8.",
	changed: "Start again when nothing writes to it any more.",
	symlink: "Name what the link leads to.",
	special: "Name a plain file or a folder: devices, pipes and sockets are not read.",
};
