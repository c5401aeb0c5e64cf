/** What a report of a defect needs, without a line of anybody's code and without a path. */
import { arch, cpus, release, totalmem } from "node:os";
import { env, version, workspace } from "vscode";
import { servingStatus } from "#protocol/serving";
import type { Serving } from "./serving.ts";
import type { Tally } from "./tally.ts";

export async function diagnostics(extensionVersion: string, serving: Serving, tally: Tally): Promise<string> {
	const { state, supervisor } = serving;
	const facts: Record<string, unknown> = {
		attune: extensionVersion,
		editor: `${env.appName} ${version}, ${env.remoteName === undefined ? "local" : "remote"}`,
		node: process.versions.node,
		system: `${process.platform} ${arch()} ${release()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
		workspace: `${workspace.workspaceFolders?.length ?? 0} folders, ${workspace.isTrusted ? "trusted" : "restricted"}`,
		process: supervisor.state,
		serving: state.kind === "failed" ? { kind: state.kind, code: state.error.code } : state.kind,
		suggestions: tally.counts,
	};
	if (state.kind === "ready") {
		const { resident, ...status } = await supervisor.call(servingStatus, null);
		facts["status"] = { ...status, context: resident?.context, adapter: resident?.adapter !== null };
	}
	const lines = Object.entries(facts).map(([name, value]) => `${name}: ${said(value)}`);
	return ["```", ...lines, "```", ""].join("\n");
}

function said(value: unknown): string {
	if (typeof value === "string") return value;
	return JSON.stringify(value, (_, inner) => (typeof inner === "number" ? Math.round(inner * 100) / 100 : inner));
}
