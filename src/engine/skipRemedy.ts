/** What the user can do where nothing that was named may be read. */
import type { SkippedFile, SkipReason } from "#adapt/source";

export function whySkipped({ reason, detail }: SkippedFile): string {
	return detail === undefined ? reason : `${reason}: ${detail}`;
}

/** For the reason that all have in common; without one, for files in general. */
export function skipRemedy(skipped: readonly SkippedFile[]): string {
	const [reason, ...others] = new Set(skipped.map((file) => file.reason));
	return reason === undefined || others.length > 0 ? anyRemedy : remedies[reason];
}

const anyRemedy = "Name files or folders with text that is neither ignored nor secret.";

const credentials = "Files of credentials are never read, whoever asks: name another file.";
const liftable = "Name the file itself, or take it back with a line `!<path>` in .attuneignore.";

const remedies: Readonly<Record<SkipReason, string>> = {
	ignored: liftable,
	excludedFolder:
		"Name a folder of the project's own text, or take this one back with a line `!<path>/` in .attuneignore.",
	binary: "Name a file of plain text: source code, Markdown or the like.",
	tooLarge: "Split the file, or name a smaller one: large files are data more often than text.",
	empty: "Write something into the file first, and save it.",
	invalidText: "Save the file as UTF-8, or as UTF-16 with a byte order mark.",
	generated: liftable,
	minified: liftable,
	vendored: liftable,
	lockFile: liftable,
	secretName: credentials,
	secretContent: "Take the secret out of the file, or name another: what looks like a credential is never read.",
	nearDuplicate: "Name one of the files that are alike by itself.",
	unreadable: "Give yourself the right to read it, or rename it if its name is not valid UTF-8.",
	changed: "Start again when nothing writes to it any more.",
	symlink: "Name what the link leads to.",
	special: "Name a plain file or a folder: devices, pipes and sockets are not read.",
};
