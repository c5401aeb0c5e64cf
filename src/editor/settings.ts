/** The user's settings as the other processes want them. */
import { type ConfigurationScope, ConfigurationTarget, type Disposable, workspace } from "vscode";
import type { AdaptParams } from "#protocol/learning";
import type { CompleteParams, ModelChoice } from "#protocol/serving";
import type { FetchParams } from "#protocol/store";
import type { Scoring } from "#protocol/surprise";

export const section = "attune";

export type CompletionMode = "automatic" | "manual" | "off";

/** When to suggest in a document of this language; undefined: in those of languages that have no mode of their own. */
export function completionMode(scope: ConfigurationScope | undefined): CompletionMode {
	return read(scope, "completions.mode", "automatic");
}

export function completionSettings(scope: ConfigurationScope): CompleteParams["settings"] {
	return {
		...{ enabled: true, languagesOff: [] },
		inComments: read(scope, "completions.inComments", true),
		oneLine: read(scope, "completions.oneLine", false),
		promptTokens: read(scope, "completions.promptTokens", 2048),
		threshold: read(scope, "completions.threshold", 0.25),
		deadline: read(scope, "completions.deadline", 1),
		enough: read(scope, "completions.enough", 0.1),
		alternatives: read(scope, "completions.alternatives", 3),
	};
}

export function modelChoice(): ModelChoice {
	return {
		model: given(read<string>(undefined, "model", "")),
		format: read(undefined, "modelFormat", "int8"),
		threads: read(undefined, "threads", 0),
	};
}

/** As the user's own setting: a workspace decides neither. "" is the model that comes with Attune. */
export async function setModel(model: string, format: ModelChoice["format"]): Promise<void> {
	const settings = workspace.getConfiguration(section);
	const set = async (name: string, value: string | undefined) => {
		const now = settings.inspect<string>(name);
		const effective = now?.globalValue ?? now?.defaultValue;
		if (effective !== (value ?? now?.defaultValue)) await settings.update(name, value, ConfigurationTarget.Global);
	};
	await set("modelFormat", format);
	await set("model", model === "" ? undefined : model);
}

/** Where models are fetched from; what is not set here the environment of the editor says. */
export function fetchSettings(): Pick<FetchParams, "host" | "tokenFile"> {
	const named = (name: string) => given(read<string>(undefined, name, ""));
	return { host: named("models.host"), tokenFile: named("models.tokenFile") };
}

/** Milliseconds without a request after which the model leaves the memory; 0: never. */
export function idleMilliseconds(): number {
	return read(undefined, "unloadAfterMinutes", 30) * 60_000;
}

export function adaptParams(roots: readonly string[], resume: boolean): AdaptParams {
	const updates = read(undefined, "adapt.updates", 0);
	return {
		...{ roots, resume, mode: "offline", watch: false, seed: 42 },
		model: given(read<string>(undefined, "model", "")),
		preset: read(undefined, "adapt.preset", "code"),
		device: read(undefined, "adapt.device", "cpu"),
		threads: read(undefined, "threads", 0),
		budget: updates > 0 ? { minutes: null, updates } : { minutes: read(undefined, "adapt.minutes", 10), updates: null },
	};
}

/** Whether to learn what changes, beside the user's work. */
export function keepsLearning(): boolean {
	return read(undefined, "adapt.keepLearning", false);
}

export async function keepLearning(on: boolean): Promise<void> {
	await workspace.getConfiguration(section).update("adapt.keepLearning", on, true);
}

/** Who scores: the same model on the same device that learns. */
export function scoringChoice(): Omit<Scoring, "roots"> {
	const { model, device, threads } = adaptParams([], false);
	return { model, device, threads };
}

/** What the other processes are started with. */
export function processEnvironment(): Readonly<Record<string, string>> {
	const home = read<string>(undefined, "dataFolder", "");
	return home === "" ? {} : { ATTUNE_HOME: home };
}

/** The editor's own proxy, where the environment names none. */
export function proxyEnvironment(): Readonly<Record<string, string>> {
	const http = workspace.getConfiguration("http");
	const proxy = given(http.get<string>("proxy") ?? "");
	const named = ["HTTPS_PROXY", "HTTP_PROXY"].some((name) => process.env[name] ?? process.env[name.toLowerCase()]);
	if (proxy === undefined || named) return {};
	const except = (http.get<readonly string[]>("noProxy") ?? []).join(",");
	return { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, ...(except !== "" && { NO_PROXY: except }) };
}

/** Absolute paths of the workspace's folders that lie on this machine's disk. */
export function workspaceRoots(): readonly string[] {
	return (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath);
}

/** Hears when other folders of this machine's disk are open than before. */
export function onRootsChange(listener: () => void): Disposable {
	let before = workspaceRoots().join("\0");
	return workspace.onDidChangeWorkspaceFolders(() => {
		const now = workspaceRoots().join("\0");
		if (now === before) return;
		before = now;
		listener();
	});
}

function read<Value>(scope: ConfigurationScope | undefined, name: string, fallback: Value): Value {
	return workspace.getConfiguration(section, scope).get<Value>(name) ?? fallback;
}

function given(text: string): string | undefined {
	return text.trim() === "" ? undefined : text.trim();
}
