/** Declarations in a file, found line by line: good enough to say what stands where, without a parser per language. */

export interface Declaration {
	readonly name: string;
	readonly kind: "function" | "class";
	/** Lines from 0, both included: with decorators above and the body below. */
	readonly from: number;
	readonly to: number;
	/** The line with the name. */
	readonly at: number;
}

interface Rule {
	readonly kind: Declaration["kind"];
	/** Its first group is the name. */
	readonly pattern: RegExp;
}

/** Every declaration of the text, in order; [] for a language that the table does not know. */
export function declarationsOf(text: string, language: string): readonly Declaration[] {
	const rules = byLanguage.get(language);
	if (rules === undefined) return [];
	const lines = text.split("\n");
	const found: Declaration[] = [];
	for (const [at, line] of lines.entries()) {
		// Longer lines are data.
		if (line.length > 400) continue;
		for (const { kind, pattern } of rules) {
			const name = pattern.exec(line)?.[1];
			if (name === undefined || keywords.has(name)) continue;
			found.push({ name, kind, at, from: headOf(lines, at), to: endOf(lines, at) });
			break;
		}
	}
	return found;
}

/** The innermost declaration that holds the line. */
export function declarationAt(declarations: readonly Declaration[], line: number): Declaration | undefined {
	return declarations.findLast(({ from, to }) => from <= line && line <= to);
}

/** Decorators and attributes belong to what they stand above. */
function headOf(lines: readonly string[], at: number): number {
	let from = at;
	while (from > 0 && /^\s*(?:@\w|#\[|\[\w+[\](])/.test(lines[from - 1] ?? "")) from--;
	return from;
}

/** Last line of the block: what is indented deeper, and the closers after it. */
function endOf(lines: readonly string[], at: number): number {
	const indent = indentOf(lines[at] ?? "");
	let end = at;
	for (let i = at + 1; i < lines.length; i++) {
		const line = lines[i] ?? "";
		if (line.trim() === "") continue;
		const depth = indentOf(line);
		const closes = depth === indent && /^\s*(?:[)\]}]|end\b|\{)/.test(line);
		if (depth < indent || (depth === indent && !closes)) break;
		end = i;
		// A closer that opens again is the end of the head only: `) {`, `): number {`, `) -> int:`.
		if (closes && !/[{:(]\s*$/.test(line)) break;
	}
	return end;
}

function indentOf(line: string): number {
	let width = 0;
	for (const character of line) {
		if (character === " ") width++;
		else if (character === "\t") width += 4;
		else break;
	}
	return width;
}

const keywords = new Set(
	"if else for foreach while do switch catch return throw new await yield using lock match when try with sizeof assert".split(
		" ",
	),
);

const scriptRules: readonly Rule[] = [
	{
		kind: "function",
		pattern: /^\s*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:async\s+)?function\s*\*?\s*([\w$]+)/,
	},
	{
		kind: "class",
		pattern:
			/^\s*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:class|interface|enum|namespace)\s+([\w$]+)/,
	},
	{ kind: "class", pattern: /^\s*(?:export\s+)?type\s+([\w$]+)[^=]*=/ },
	{
		kind: "function",
		pattern:
			/^\s*(?:export\s+)?(?:const|let|var)\s+([\w$]+)[^=]*=\s*(?:async\s*)?(?:function\b|\([^)]*\)[^=]*=>|[\w$]+\s*=>|\($)/,
	},
	{
		kind: "function",
		pattern:
			/^\s+(?:(?:public|private|protected|static|async|override|get|set|abstract)\s+)*\*?(#?[\w$]+)(?:<[^>]*>)?\([^;]*\{\s*$/,
	},
];

const braceRules: readonly Rule[] = [
	{
		kind: "class",
		pattern: /^\s*(?:[\w[\]()@]+\s+)*(?:class|interface|enum|struct|record|union|namespace)\s+(\w+)[^;]*$/,
	},
	{ kind: "function", pattern: /^\s*(?:[\w<>[\],.:&*~?]+\s+)+[*&]*([\w:~]+)\s*\([^;]*$/ },
];

const table: Readonly<Record<string, readonly Rule[]>> = {
	python: [
		{ kind: "function", pattern: /^\s*(?:async\s+)?def\s+(\w+)/ },
		{ kind: "class", pattern: /^\s*class\s+(\w+)/ },
	],
	"typescript typescriptreact javascript javascriptreact": scriptRules,
	"java csharp c cpp objective-c dart groovy": braceRules,
	go: [
		{ kind: "function", pattern: /^func\s+(?:\([^)]*\)\s*)?(\w+)/ },
		{ kind: "class", pattern: /^\s*type\s+(\w+)/ },
	],
	rust: [
		{
			kind: "function",
			pattern: /^\s*(?:pub(?:\([^)]*\))?\s+)?(?:const\s+|async\s+|unsafe\s+|extern\s+"\w+"\s+)*fn\s+(\w+)/,
		},
		{ kind: "class", pattern: /^\s*(?:pub(?:\([^)]*\))?\s+)?(?:struct|enum|trait|union|mod)\s+(\w+)/ },
		{ kind: "class", pattern: /^\s*impl(?:<[^>]*>)?\s+(?:[\w:<>, ]+\s+for\s+)?(\w+)/ },
	],
	"kotlin scala swift": [
		{ kind: "function", pattern: /^\s*(?:[\w@]+\s+)*(?:fun|func|def)\s+(?:<[^>]*>\s*)?(?:[\w<>?]+\.)?(\w+)/ },
		{
			kind: "class",
			pattern: /^\s*(?:[\w@]+\s+)*(?:class|interface|object|trait|struct|enum|protocol|extension)\s+(\w+)/,
		},
	],
	ruby: [
		{ kind: "function", pattern: /^\s*def\s+(?:self\.)?([\w?!]+)/ },
		{ kind: "class", pattern: /^\s*(?:class|module)\s+(\w+)/ },
	],
	php: [
		{ kind: "function", pattern: /^\s*(?:\w+\s+)*function\s+&?(\w+)/ },
		{ kind: "class", pattern: /^\s*(?:\w+\s+)*(?:class|interface|trait|enum)\s+(\w+)/ },
	],
	lua: [{ kind: "function", pattern: /^\s*(?:local\s+)?function\s+([\w.:]+)/ }],
	shell: [{ kind: "function", pattern: /^\s*(?:function\s+)?([\w-]+)\s*\(\)\s*\{?/ }],
};

const byLanguage = new Map(
	Object.entries(table).flatMap(([languages, rules]) =>
		languages.split(" ").map((language) => [language, rules] as const),
	),
);
