/** What completion needs to know of a language's looks. Names are those of the editor (lower case). */
export interface LanguageShape {
	/** Begins a comment up to the end of the line; undefined if there is none. */
	readonly lineComment: string | undefined;
	/** Opens and closes a comment over lines. */
	readonly blockComment: readonly [string, string] | undefined;
	/** How a block of statements is told from what follows it. */
	readonly blocks: "braces" | "indentation" | "words" | "none";
	/** A line that opens a block, besides one that ends with an open bracket. */
	readonly opener: RegExp | undefined;
	/** Quotes of strings that end on their line. */
	readonly quotes: string;
}

const braces: LanguageShape = {
	lineComment: "//",
	blockComment: ["/*", "*/"],
	blocks: "braces",
	opener: /=>\s*$/,
	quotes: "\"'",
};
const script: LanguageShape = { ...braces, quotes: "\"'`" };
const hash: LanguageShape = {
	lineComment: "#",
	blockComment: undefined,
	blocks: "none",
	opener: undefined,
	quotes: "\"'",
};
const words: LanguageShape = {
	...hash,
	blocks: "words",
	opener:
		/\b(then|do|else|begin|repeat)\s*(\|[^|]*\|\s*)?$|^\s*(local\s+)?(def|class|module|function|fn|if|unless|while|for|case|begin)\b/,
};
const markup: LanguageShape = {
	lineComment: undefined,
	blockComment: ["<!--", "-->"],
	blocks: "none",
	opener: /<[a-zA-Z][^<>]*[^/<>]>\s*$/,
	quotes: '"',
};
const prose: LanguageShape = {
	lineComment: undefined,
	blockComment: undefined,
	blocks: "none",
	opener: undefined,
	quotes: "",
};

const shapes = new Map<string, LanguageShape>([
	...["typescript", "typescriptreact", "javascript", "javascriptreact", "go", "dart", "groovy"].map(entry(script)),
	...[
		"java",
		"kotlin",
		"scala",
		"c",
		"cpp",
		"csharp",
		"swift",
		"zig",
		"objective-c",
		"objective-cpp",
		"proto",
		"solidity",
	].map(entry(braces)),
	// A quote may open a lifetime or a primed name, which nothing closes.
	...["rust", "fsharp", "ocaml", "haskell"].map(entry({ ...braces, quotes: '"' })),
	...["glsl", "hlsl", "wgsl", "thrift", "d", "scss", "less", "jsonc", "verilog"].map(entry(braces)),
	["css", { ...braces, lineComment: undefined }],
	["php", { ...script, lineComment: "//" }],
	["python", { ...hash, blocks: "indentation", opener: /:\s*(#.*)?$/ }],
	["nim", { ...hash, blocks: "indentation", opener: /[:=]\s*(#.*)?$/ }],
	...["ruby", "elixir", "julia", "shell", "shellscript"].map(entry(words)),
	["lua", { ...words, lineComment: "--" }],
	["sql", { ...hash, lineComment: "--" }],
	...["yaml", "toml", "perl", "r", "makefile", "cmake", "dockerfile", "terraform", "nix", "powershell"].map(
		entry(hash),
	),
	...["html", "xml", "handlebars", "vue", "svelte", "astro"].map(entry(markup)),
	...["markdown", "text", "plaintext", "restructuredtext", "latex", "tex", "csv"].map(entry(prose)),
	["json", { ...prose, quotes: '"' }],
]);

function entry(shape: LanguageShape): (language: string) => [string, LanguageShape] {
	return (language) => [language, shape];
}

/** An unknown language is taken for one with braces: most are. */
export function shapeOf(language: string): LanguageShape {
	return shapes.get(language.toLowerCase()) ?? braces;
}

/** What begins a comment line, for text that is put into a comment. */
export function lineComment(language: string): string {
	return shapeOf(language).lineComment ?? "#";
}
