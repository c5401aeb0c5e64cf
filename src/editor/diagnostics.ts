/** What a report of a defect needs, without a line of anybody's code and without a path. */
import { arch, cpus, release, totalmem } from "node:os";
import { version as editorVersion, env, UIKind, workspace } from "vscode";
import { servingStatus } from "#protocol/serving";
import { section } from "./settings.ts";
import type { Shared } from "./shared.ts";
import type { Tally } from "./tally.ts";

export async function diagnostics(
	{ version, context, serving, learner, store }: Shared,
	tally: Tally,
): Promise<string> {
	const { state, supervisor } = serving;
	const window = `${env.remoteName === undefined ? "local" : "remote"}, ${env.uiKind === UIKind.Web ? "browser" : "desktop"}`;
	const folders = workspace.workspaceFolders ?? [];
	const schemes = [...new Set(folders.map(({ uri }) => (uri.scheme === "file" ? "disk" : "virtual")))].join(", ");
	const facts: Record<string, unknown> = {
		attune: version,
		editor: `${env.appName} ${editorVersion}, ${window}, ${env.language}`,
		node: process.versions.node,
		system: `${process.platform} ${arch()} ${release()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
		workspace: `${folders.length} folders (${schemes || "none"}), ${workspace.isTrusted ? "trusted" : "restricted"}`,
		settings: changedSettings(context.extension.packageJSON),
		processes: { serving: supervisor.state, learning: learner.state, store: store.state },
		serving: state.kind === "failed" ? { kind: state.kind, code: state.error.code } : state.kind,
		suggestions: tally.counts,
	};
	if (state.kind === "ready") {
		const { resident, ...status } = await supervisor.call(servingStatus, null);
		const { context, format, device, infilling } = state.resident;
		facts["status"] = { ...status, context, format, device, infilling, adapter: resident?.adapter !== null };
	}
	const lines = Object.entries(facts).map(([name, value]) => `${name}: ${said(value)}`);
	return ["```", ...lines, "```", ""].join("\n");
}

/** Settings that are not as they come. Free text may be a path, an address or a name: that it is set is all that is said. */
function changedSettings(manifest: { readonly contributes?: unknown }): Record<string, unknown> {
	const groups = (manifest.contributes as { configuration: readonly { properties: Record<string, Property> }[] })
		.configuration;
	const changed: Record<string, unknown> = {};
	for (const [name, { type, enum: choices }] of groups.flatMap(({ properties }) => Object.entries(properties))) {
		const key = name.slice(section.length + 1);
		const found = workspace.getConfiguration(section).inspect(key);
		const value = workspace.getConfiguration(section).get(key);
		if (JSON.stringify(value) === JSON.stringify(found?.defaultValue)) continue;
		changed[key] = type === "number" || type === "integer" || type === "boolean" || choices ? value : "set";
	}
	return changed;
}

interface Property {
	readonly type?: string;
	readonly enum?: readonly string[];
}

function said(value: unknown): string {
	if (typeof value === "string") return value;
	return JSON.stringify(value, (_, inner) => (typeof inner === "number" ? Math.round(inner * 100) / 100 : inner));
}
