/** What the editor loads. */
import type { ExtensionContext } from "vscode";
import { type Attune, activateAttune } from "#editor/activate";

export function activate(context: ExtensionContext): Attune {
	return activateAttune(context);
}
