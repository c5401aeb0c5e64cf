/** Which files of the workspace a file imports, read off its import lines by patterns: quick, and right often enough to choose context. */

interface ImportRule {
	/** The first group is what is imported. */
	readonly patterns: readonly RegExp[];
	/** Of files that can be imported. */
	readonly extensions: RegExp;
	/** `relative`: a path from the importing file. `suffix`: the end of a path, "/" between names. */
	resolve(specifier: string): { readonly kind: "relative" | "suffix"; readonly path: string } | undefined;
}

const scripts: ImportRule = {
	extensions: /\.([cm]?[jt]sx?|vue|svelte|json)$/,
	patterns: [
		/^\s*(?:import|export)\b[^'"();=]{0,2000}?["']([^"']+)["']/gm,
		/\b(?:require|import)\(\s*["']([^"']+)["']\s*\)/g,
		/^\s*\}\s*from\s*["']([^"']+)["']/gm,
	],
	resolve: (name) =>
		name.startsWith(".")
			? { kind: "relative", path: name.replace(/\.[cm]?[jt]sx?$/, "") }
			: { kind: "suffix", path: name.replace(/^[#@~][^/]*\//, "").replace(/\.[cm]?[jt]sx?$/, "") },
};
const dotted = (name: string) => ({ kind: "suffix", path: name.replaceAll(".", "/") }) as const;

const rules: Readonly<Record<string, ImportRule>> = {
	typescript: scripts,
	javascript: scripts,
	python: {
		extensions: /\.pyi?$/,
		patterns: [/^\s*from\s+([.\w]+)\s+import\b/gm, /^\s*import\s+([\w.]+)/gm],
		resolve: (name) =>
			name.startsWith(".")
				? { kind: "relative", path: pythonRelative(name) }
				: { kind: "suffix", path: name.replaceAll(".", "/") },
	},
	go: {
		extensions: /\.go$/,
		patterns: [/^\s*(?:import\s+)?(?:[\w.]+\s+)?"([^"\s]+\/[^"\s]+)"\s*$/gm],
		resolve: (name) => ({ kind: "suffix", path: `${name.slice(name.lastIndexOf("/") + 1)}/` }),
	},
	rust: {
		extensions: /\.rs$/,
		patterns: [/^\s*(?:pub\s+)?mod\s+(\w+)\s*;/gm, /^\s*(?:pub\s+)?use\s+(?:crate|super|self)::([\w:]+)/gm],
		resolve: (name) => ({ kind: "suffix", path: name.replace(/::[A-Z]\w*$/, "").replaceAll("::", "/") }),
	},
	java: {
		extensions: /\.(java|kts?|scala)$/,
		patterns: [/^\s*import\s+(?:static\s+)?([\w.]+)(?:\.\*)?;?\s*$/gm],
		resolve: dotted,
	},
	c: {
		extensions: /\.(c|h|cc|cpp|hpp|m|mm|inl)$/,
		patterns: [/^\s*#\s*include\s*"([^"]+)"/gm],
		resolve: (path) => ({ kind: "suffix", path }),
	},
};
const sameAs: Readonly<Record<string, string>> = {
	...{ typescriptreact: "typescript", javascriptreact: "javascript", vue: "javascript", svelte: "javascript" },
	...{ cpp: "c", "objective-c": "c", kotlin: "java", scala: "java" },
};

/** Most import lines that are followed, and the characters they are looked for in. */
const mostImports = 64;
const head = 20_000;

/** What the import lines of a text name, in their order. */
export function importSpecifiers(text: string, language: string): string[] {
	const rule = ruleOf(language);
	return rule === undefined ? [] : specifiers(text.slice(0, head), rule.patterns).slice(0, mostImports);
}

function ruleOf(language: string): ImportRule | undefined {
	return rules[sameAs[language] ?? language];
}

/** Paths among `paths` that the text at `path` imports, in the order of the import lines. */
export function importedPaths(path: string, text: string, language: string, paths: readonly string[]): string[] {
	const rule = ruleOf(language);
	if (rule === undefined) return [];
	const found = new Set<string>();
	const named = byName(paths.filter((candidate) => candidate !== path && rule.extensions.test(candidate)));
	for (const specifier of importSpecifiers(text, language)) {
		const target = rule.resolve(specifier);
		if (target === undefined) continue;
		const wanted = target.kind === "relative" ? joinPath(folderOf(path), target.path) : target.path;
		for (const candidate of named.get(lastName(wanted.replace(/\/$/, ""))) ?? [])
			if (isMeant(candidate, wanted, target.kind)) found.add(candidate);
	}
	return [...found];
}

/** Paths by every name that an import may end with: the file's with and without extension, and its folder's. */
function byName(paths: readonly string[]): Map<string, string[]> {
	const named = new Map<string, string[]>();
	for (const path of paths) {
		const name = lastName(path);
		for (const key of new Set([name, name.replace(/\.[^.]+$/, ""), lastName(folderOf(path))])) {
			const known = named.get(key);
			if (known === undefined) named.set(key, [path]);
			else known.push(path);
		}
	}
	return named;
}

function lastName(path: string): string {
	return path.slice(path.lastIndexOf("/") + 1);
}

function specifiers(text: string, patterns: readonly RegExp[]): string[] {
	const found = patterns.flatMap((pattern) =>
		Array.from(text.matchAll(pattern), (match) => ({ at: match.index, name: match[1] ?? "" })),
	);
	return found.sort((a, b) => a.at - b.at).map(({ name }) => name);
}

function isMeant(path: string, wanted: string, kind: "relative" | "suffix"): boolean {
	if (wanted.endsWith("/")) return `/${folderOf(path)}/`.endsWith(`/${wanted}`);
	const bare = path.replace(/\.[^./]+$/, "");
	const names = [path, bare, bare.replace(/\/(index|__init__|mod)$/, "")];
	return names.some((name) => (kind === "relative" ? name === wanted : `/${name}`.endsWith(`/${wanted}`)));
}

function pythonRelative(name: string): string {
	const dots = name.length - name.replace(/^\.+/, "").length;
	return `${dots > 1 ? "../".repeat(dots - 1) : "./"}${name.slice(dots).replaceAll(".", "/")}`;
}

function folderOf(path: string): string {
	return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function joinPath(folder: string, path: string): string {
	const parts = folder === "" ? [] : folder.split("/");
	for (const part of path.split("/")) {
		if (part === "..") parts.pop();
		else if (part !== "." && part !== "") parts.push(part);
	}
	return parts.join("/");
}
