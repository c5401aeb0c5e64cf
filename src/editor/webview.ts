/**
 * Web pages of Attune's own, each in one piece: a file more would be a way through half the editor more before there is anything to see. A
 * page may load nothing, and send nothing anywhere.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { env, l10n, Uri, type WebviewOptions } from "vscode";

export const webviewOptions: WebviewOptions = { enableScripts: true, localResourceRoots: [] };

/**
 * `extension`: the folder it is installed in. `name`: of `src/panel/<name>.page.ts` and the style beside it. `title` is what a screen reader
 * calls the page.
 */
export function pageHtml(extension: Uri, name: string, title: string): string {
	const nonce = randomBytes(16).toString("base64");
	const text = (type: string) =>
		readFileSync(Uri.joinPath(extension, "dist", "panel", `${name}.page.${type}`).fsPath, "utf8");
	const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'`;
	return `<!DOCTYPE html>
<html lang="${language()}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="${nonce}">${text("css")}</style>
<title>${escaped(title)}</title>
</head>
<body data-words="${escaped(JSON.stringify(l10n.bundle ?? {}))}">
<script nonce="${nonce}">${scriptText(text("js"))}</script>
</body>
</html>`;
}

/** Of the words on the page: without a bundle they are the ones in the code. */
function language(): string {
	return l10n.bundle === undefined ? "en" : escaped(env.language);
}

/** What would end or hide the script, if HTML read it, can only stand in strings and patterns of it. */
function scriptText(code: string): string {
	return code.replace(/<(?=!--|\/?script)/gi, "\\x3C");
}

function escaped(text: string): string {
	return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
