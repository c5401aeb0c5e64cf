/** What the editor loads. */
import type { ExtensionContext } from "vscode";
import { type Attune, activateAttune } from "#editor/activate";

/** Set by the first line of the bundle (`esbuild.mjs`), before anything that this file imports is evaluated. */
declare const attuneLoadedFrom: number;

const loadingMs = performance.now() - attuneLoadedFrom;

export function activate(context: ExtensionContext): Attune {
	return activateAttune(context, loadingMs);
}
