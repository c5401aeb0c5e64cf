/** The status bar's item in words: to the eye the shortest that says what writes and what goes on, to a screen reader all of it. */
import { l10n } from "vscode";
import type { Adaptation } from "./adaptation.ts";
import type { Serving, ServingState } from "./serving.ts";
import type { Snooze } from "./snooze.ts";
import { percent } from "./words.ts";

export interface Headline {
	readonly icon: string;
	readonly text: string;
	readonly label: string;
	readonly warning: boolean;
}

interface Activity {
	readonly icon: string;
	readonly words: string;
}

/** Characters of a model's name that the bar has room for. */
const room = 24;

export function headline(state: {
	readonly serving: Pick<Serving, "state">;
	readonly adaptation: Pick<Adaptation, "learning">;
	readonly snooze: Pick<Snooze, "until">;
}): Headline {
	const { serving, adaptation, snooze } = state;
	const does = [...activities(serving.state, adaptation.learning?.share, snooze.until)];
	const [first] = does;
	const writes = writer(serving.state);
	const short = first?.words ?? writes?.short;
	const all = [writes?.label ?? l10n.t("no model loaded yet"), ...does.map(({ words }) => words)];
	return {
		icon: first?.icon ?? (writes?.adapted === true ? "sparkle-filled" : "sparkle"),
		text: short === undefined ? "Attune" : `Attune: ${short}`,
		label: `Attune, ${all.join(", ")}`,
		warning: serving.state.kind === "failed" && adaptation.learning === undefined,
	};
}

/** The one to be seen first. */
function* activities(state: ServingState, learned: number | undefined, until: number | undefined): Generator<Activity> {
	if (learned !== undefined) yield { icon: "sync~spin", words: l10n.t("learning {0}", percent(learned)) };
	if (state.kind === "failed") yield { icon: "warning", words: l10n.t("not running") };
	if (state.kind === "restarting") yield { icon: "loading~spin", words: l10n.t("restarting") };
	if (state.kind === "loading") yield { icon: "loading~spin", words: l10n.t("loading") };
	if (until !== undefined) yield { icon: "bell-slash", words: l10n.t("snoozed") };
}

function writer(state: ServingState) {
	if (state.kind !== "ready") return undefined;
	const { model, adapter } = state.resident;
	const name = model.length > room ? `${model.slice(0, room - 1)}…` : model;
	const adapted = adapter !== null;
	return {
		adapted,
		short: adapted ? l10n.t("{0}, adapted", name) : name,
		label: adapted
			? l10n.t("model {0}, adapted to this workspace", model)
			: l10n.t("model {0}, not adapted to this workspace", model),
	};
}
