/** What a question can bring along, found by name: files, the selection, symbols. */
import {
	type CancellationToken,
	commands,
	type DocumentSymbol,
	RelativePattern,
	type SymbolInformation,
	SymbolKind,
	type TextEditor,
	Uri,
	type WorkspaceFolder,
	window,
	workspace,
} from "vscode";
import type { Attached, Candidate } from "#protocol/chatPage";
import { anyCase, bestFirst, isLeftOut, unsearched } from "./fileSearch.ts";

/** Files and symbols offered at once. */
const most = 12;
/** Files of a folder of which those are the best. */
const mostSearched = 400;

export interface Wanted {
	/** undefined: any. */
	readonly kind: Attached["kind"] | undefined;
	readonly name: string;
}

/** What `#file:cart`, `#symbol`, `#total` mean, without the mark. */
export function wanted(query: string): Wanted {
	const [, kind, name] = /^(file|selection|symbol)(?::(.*))?$/.exec(query) ?? [];
	if (kind === undefined) return { kind: undefined, name: query };
	return { kind: kind as Attached["kind"], name: name ?? "" };
}

/** What is selected in the active editor. */
export function selectionOf(editor: TextEditor | undefined): Attached | undefined {
	if (editor === undefined || editor.selection.isEmpty || editor.document.uri.scheme !== "file") return undefined;
	const { start, end } = editor.selection;
	const last = end.character === 0 && end.line > start.line ? end.line : end.line + 1;
	return part("selection", editor.document.uri, [start.line + 1, last]);
}

export function fileOf(uri: Uri): Attached {
	return { kind: "file", file: uri.fsPath, name: nameOf(uri) };
}

/** Best first. `token`: nobody waits for them any more. */
export async function candidates(query: string, token?: CancellationToken): Promise<readonly Candidate[]> {
	const { kind, name } = wanted(query.trim());
	const editor = window.activeTextEditor;
	const selection = selectionOf(editor);
	const found: Candidate[] = [];
	const wants = (one: Attached["kind"]) => kind === undefined || kind === one;
	if (wants("selection") && selection !== undefined && (name === "" || kind === "selection"))
		found.push({ attached: selection, detail: "" });
	if (wants("file")) found.push(...(await files(name, editor, token)));
	if (wants("symbol")) found.push(...(await symbols(name, editor)));
	return found.slice(0, most);
}

/** The parts that a question names itself: `#selection`, `#file` (the one that is open), `#file:name`, `#symbol:name`. */
export async function mentionedIn(question: string): Promise<readonly Attached[]> {
	const found: Attached[] = [];
	for (const [, mention = ""] of question.matchAll(/(?:^|\s)#((?:file|selection|symbol)(?::[^\s]+)?)/g)) {
		const [first] = await candidates(mention);
		if (first !== undefined) found.push(first.attached);
	}
	return found;
}

export async function documentSymbols(uri: Uri): Promise<readonly DocumentSymbol[]> {
	const found = await commands.executeCommand<readonly (DocumentSymbol | SymbolInformation)[] | undefined>(
		"vscode.executeDocumentSymbolProvider",
		uri,
	);
	// The editor's own class is both kinds at once, and no `DocumentSymbol` by its name.
	return (found ?? []).filter((one): one is DocumentSymbol => "children" in one && "range" in one);
}

/** The innermost declaration around a line, from 0. */
export function symbolAt(symbols: readonly DocumentSymbol[], line: number): DocumentSymbol | undefined {
	const around = symbols.find(({ range, kind }) => range.start.line <= line && range.end.line >= line && worth(kind));
	if (around === undefined) return undefined;
	return symbolAt(around.children, line) ?? around;
}

async function files(name: string, editor: TextEditor | undefined, token?: CancellationToken): Promise<Candidate[]> {
	const active = editor?.document.uri.scheme === "file" ? [editor.document.uri] : [];
	const open = workspace.textDocuments.map(({ uri }) => uri).filter(({ scheme }) => scheme === "file");
	const shown = [...active, ...open].filter((uri) => name === "" || !isLeftOut(workspace.asRelativePath(uri, false)));
	const named = await Promise.all((workspace.workspaceFolders ?? []).map((folder) => search(folder, name, token)));
	const unique = new Map([...shown, ...named.flat()].map((uri) => [uri.toString(), uri]));
	const found = [...unique.values()].map((uri) => ({
		...{ uri, path: workspace.asRelativePath(uri).replaceAll("\\", "/") },
		open: shown.some((one) => one.toString() === uri.toString()),
	}));
	return bestFirst(found, name)
		.slice(0, most / 2)
		.map(({ uri, path }) => ({ attached: fileOf(uri), detail: path }));
}

async function search(
	folder: WorkspaceFolder,
	name: string,
	token: CancellationToken | undefined,
): Promise<readonly Uri[]> {
	const excluded = workspace.getConfiguration("search", folder.uri).get<Record<string, unknown>>("exclude", {});
	const rules = async (file: string) => {
		const bytes = await workspace.fs.readFile(Uri.joinPath(folder.uri, file)).then(undefined, () => new Uint8Array());
		return new TextDecoder().decode(bytes);
	};
	const [gitignore, attuneignore] = await Promise.all([rules(".gitignore"), rules(".attuneignore")]);
	const pattern = `**/*${anyCase(name.replace(/[^\p{L}\p{N}._/-]/gu, ""))}*`;
	const without = unsearched(excluded, { gitignore, attuneignore });
	return workspace.findFiles(new RelativePattern(folder, pattern), without, mostSearched, token);
}

async function symbols(name: string, editor: TextEditor | undefined): Promise<Candidate[]> {
	const found: Candidate[] = [];
	const matches = (symbol: string) => symbol.toLowerCase().includes(name.toLowerCase());
	const add = (symbol: string, uri: Uri, first: number, last: number) => {
		const lines = [first + 1, last + 1] as const;
		const attached: Attached = { kind: "symbol", file: uri.fsPath, name: symbol, lines };
		found.push({ attached, detail: `${workspace.asRelativePath(uri)}:${first + 1}` });
	};
	if (editor?.document.uri.scheme === "file") {
		const { uri } = editor.document;
		const walk = (all: readonly DocumentSymbol[]) => {
			for (const { name: symbol, range, kind, children } of all) {
				if (worth(kind) && matches(symbol)) add(symbol, uri, range.start.line, range.end.line);
				walk(children);
			}
		};
		walk(await documentSymbols(uri));
	}
	if (found.length > 0 || name.length < 2) return found;
	const others = await commands.executeCommand<readonly SymbolInformation[] | undefined>(
		"vscode.executeWorkspaceSymbolProvider",
		name,
	);
	for (const { name: symbol, location, kind } of others ?? [])
		if (worth(kind) && location.uri.scheme === "file")
			add(symbol, location.uri, location.range.start.line, location.range.end.line);
	return found.slice(0, most);
}

/** Declarations that a question may be about; not every variable. */
function worth(kind: SymbolKind): boolean {
	return ![SymbolKind.Variable, SymbolKind.Property, SymbolKind.String, SymbolKind.Number, SymbolKind.Key].includes(
		kind,
	);
}

function part(kind: Attached["kind"], uri: Uri, lines: readonly [number, number]): Attached {
	const [first, last] = lines;
	return { kind, file: uri.fsPath, name: `${nameOf(uri)}:${first === last ? first : `${first}-${last}`}`, lines };
}

function nameOf(uri: Uri): string {
	return uri.path.split("/").at(-1) ?? uri.path;
}
