/** Web pages of Attune's own: the page around a script of `dist/panel`, which may load nothing else and send nothing anywhere. */
import { randomBytes } from "node:crypto";
import { env, l10n, Uri, type Webview, type WebviewOptions } from "vscode";

/** `extension`: the folder it is installed in. */
export function webviewOptions(extension: Uri): WebviewOptions {
	return { enableScripts: true, localResourceRoots: [panelFolder(extension)] };
}

/** `name`: of `src/panel/<name>.page.ts` and the style beside it. `title` is what a screen reader calls the page. */
export function pageHtml(webview: Webview, extension: Uri, name: string, title: string): string {
	const nonce = randomBytes(16).toString("base64");
	const file = (type: string) =>
		String(webview.asWebviewUri(Uri.joinPath(panelFolder(extension), `${name}.page.${type}`)));
	const policy = [
		"default-src 'none'",
		`script-src 'nonce-${nonce}'`,
		`style-src ${webview.cspSource}`,
		`font-src ${webview.cspSource}`,
		`img-src ${webview.cspSource} data:`,
	].join("; ");
	return `<!DOCTYPE html>
<html lang="${language()}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${file("css")}">
<title>${escaped(title)}</title>
</head>
<body data-words="${escaped(JSON.stringify(l10n.bundle ?? {}))}">
<script nonce="${nonce}" src="${file("js")}"></script>
</body>
</html>`;
}

function panelFolder(extension: Uri): Uri {
	return Uri.joinPath(extension, "dist", "panel");
}

/** Of the words on the page: without a bundle they are the ones in the code. */
function language(): string {
	return l10n.bundle === undefined ? "en" : escaped(env.language);
}

function escaped(text: string): string {
	return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
