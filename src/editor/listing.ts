/** What learning will read, and what not and why, as a page. */
import { l10n } from "vscode";
import type { Listing } from "#protocol/workspace";
import { code, plain, size, table } from "./words.ts";

type Reason = Listing["skipped"][number]["reason"];

/** A page of many thousand lines is of no use to anyone. */
const most = 1_000;

export function listingPage({ used, skipped }: Listing, where: string): string {
	const bytes = used.reduce((sum, file) => sum + file.bytes, 0);
	return [
		`# ${l10n.t("What Attune would read of {0}", where)}`,
		"",
		l10n.t("{0} files ({1}) would be read, {2} files and folders left out.", used.length, size(bytes), skipped.length),
		l10n.t(
			"What is read stays on this machine: it shapes an adapter in Attune's own folder, and no text of it is kept.",
		),
		"",
		`## ${l10n.t("Left out")}`,
		"",
		...reasonsTable({ used, skipped }),
		"",
		...files(
			[l10n.t("file"), l10n.t("reason")],
			skipped.map(({ path, reason, detail }) => {
				const words = reasonWords(reason);
				return [code(path), detail === undefined || words.includes(detail) ? words : `${words}: ${plain(detail)}`];
			}),
		),
		"",
		`## ${l10n.t("Read")}`,
		"",
		...files(
			[l10n.t("file"), l10n.t("size")],
			used.map((file) => [code(file.path), size(file.bytes)]),
		),
		"",
	].join("\n");
}

/** How many were left out for which reason, most first. */
export function reasonCounts({ skipped }: Listing): readonly (readonly [reason: Reason, count: number])[] {
	const counts = new Map<Reason, number>();
	for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
	return [...counts].sort(([, a], [, b]) => b - a);
}

export function reasonWords(reason: Reason): string {
	return allReasons()[reason];
}

/** Words of every reason, by its name. */
export function allReasons(): Readonly<Record<Reason, string>> {
	return {
		ignored: l10n.t("named by an ignore file"),
		excludedFolder: l10n.t("in a folder of packages or builds"),
		binary: l10n.t("binary"),
		tooLarge: l10n.t("too large"),
		empty: l10n.t("empty"),
		invalidText: l10n.t("not valid text"),
		generated: l10n.t("generated"),
		minified: l10n.t("minified"),
		vendored: l10n.t("somebody else's code"),
		lockFile: l10n.t("lock file"),
		secretName: l10n.t("named like a secret"),
		secretContent: l10n.t("holds what looks like a secret"),
		nearDuplicate: l10n.t("nearly the same as another"),
		unreadable: l10n.t("could not be read"),
		changed: l10n.t("changed while it was read"),
		symlink: l10n.t("a link"),
		special: l10n.t("not a plain file"),
	};
}

function reasonsTable(listing: Listing): string[] {
	const rows = reasonCounts(listing).map(([reason, count]) => [reasonWords(reason), String(count)]);
	return rows.length === 0 ? [l10n.t("Nothing.")] : table([l10n.t("reason"), l10n.t("files and folders")], rows);
}

function files(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
	if (rows.length === 0) return [];
	const rest = rows.length - most;
	return [...table(head, rows.slice(0, most)), ...(rest > 0 ? ["", l10n.t("... and {0} more.", rest)] : [])];
}
