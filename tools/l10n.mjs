/**
 * What there is to translate: `node tools/l10n.mjs` writes every message of the editor's side and of its pages as JSON, the file that a
 * translator copies to `l10n/bundle.l10n.<language>.json`. `npm run package` puts the same into the extension, so that it is always true.
 *
 * Of our own because @vscode/l10n-dev brings 60 packages, a cloud translation client among them, for what a dozen lines do here: our messages
 * are plain literals, and `calls` says where one is not.
 */
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** What translates: the editor's own `l10n.t`, and the pages' `t`. */
const functions = { "src/editor": /\bl10n\.t\(\s*/g, "src/panel": /(?<![\w.])t\(\s*/g };

/** Every message in the code, sorted. */
export function messages() {
	const found = Object.keys(functions).flatMap((folder) => filesBelow(folder).flatMap((file) => calls(folder, file)));
	const wrong = found.filter(({ message }) => message === undefined);
	if (wrong.length > 0) throw new Error(`not plain literals: ${wrong.map(({ at }) => at).join(", ")}`);
	return [...new Set(found.map(({ message }) => message))].sort();
}

/** As VS Code reads it: each message is its own key. */
export function bundle() {
	return Object.fromEntries(messages().map((message) => [message, message]));
}

/** The calls of one source; `message` is undefined where the first argument is no plain literal. */
export function callsIn(source, folder = "src/editor") {
	const found = [];
	for (const match of source.matchAll(functions[folder])) {
		// A declaration is no call.
		if (/function\s+$/.test(source.slice(0, match.index))) continue;
		const rest = source.slice(match.index + match[0].length);
		const literal = /^"(?:[^"\\\n]|\\.)*"(?=\s*[,)])/.exec(rest)?.[0];
		found.push({ index: match.index, message: literal === undefined ? undefined : JSON.parse(literal) });
	}
	return found;
}

function calls(folder, file) {
	const source = readFileSync(file, "utf8");
	return callsIn(source, folder).map(({ index, message }) => ({
		at: `${file}:${source.slice(0, index).split("\n").length}`,
		message,
	}));
}

function filesBelow(folder) {
	return readdirSync(folder, { recursive: true, encoding: "utf8" })
		.filter((path) => path.endsWith(".ts"))
		.map((path) => `${folder}/${path.replaceAll("\\", "/")}`);
}

if (import.meta.filename === resolve(process.argv[1] ?? ""))
	process.stdout.write(`${JSON.stringify(bundle(), null, "\t")}\n`);
