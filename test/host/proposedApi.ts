/** code-server switches every proposed API on for every extension; a user's VS Code refuses them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const bundles = [
	"workbench/api/node/extensionHostProcess.js",
	"workbench/api/worker/extensionHostWorkerMain.js",
	"code/browser/workbench/workbench.js",
];
/** `function enabled(extension,proposal){return!0}function check(a,b){if(!enabled(a,b))throw ...`, by whatever names. */
const alwaysOn =
	/function ([\w$]+)\(([\w$]+),([\w$]+)\)\{return!0\}(function [\w$]+\([\w$]+,[\w$]+\)\{if\(!\1\([\w$]+,[\w$]+\)\)throw new Error\(`Extension '\$\{[\w$]+\.identifier\.value\}' CANNOT use API proposal)/;

/** Puts VS Code's own check back, so that a test fails where the extension leans on an API that a stable VS Code refuses. */
export function restoreApiCheck(vscode: string): void {
	for (const bundle of bundles) {
		const path = join(vscode, "out/vs", bundle);
		const text = readFileSync(path, "utf8");
		if (!alwaysOn.test(text)) throw new Error(`host: code-server changed: no place for the API check in ${bundle}`);
		const checked = text.replace(
			alwaysOn,
			(_, name, extension, proposal, rest) =>
				`function ${name}(${extension},${proposal}){return!!(${extension}.enabledApiProposals?.includes(${proposal}))}${rest}`,
		);
		writeFileSync(path, checked);
	}
}
