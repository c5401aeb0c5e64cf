/** The last prompt as the model got it, in a document that cannot be edited and lies on no disk. */
import { l10n } from "vscode";
import { lastPrompt } from "#protocol/serving";
import type { Shared } from "./shared.ts";
import { duration } from "./words.ts";

export async function showLastPrompt({ serving, pages, notices }: Shared): Promise<void> {
	// A process is not started for this: a fresh one was asked nothing.
	const prompt = serving.state.kind === "ready" ? await serving.supervisor.call(lastPrompt, null) : null;
	if (prompt === null) return notices.tell(l10n.t("the model was not asked anything yet."));
	const { text, tokens, purpose, secondsAgo } = prompt;
	const ago = duration(secondsAgo);
	const head = l10n.t("What the model was given last: {0} tokens, {1} ago, for {2}.", tokens, ago, purpose);
	const kept = l10n.t("It is kept in memory alone, and in no log.");
	await pages.showText(l10n.t("Last prompt"), `${head}\n${kept}\n${"-".repeat(80)}\n${text}`);
}
