/** Lower-case language name for a path, by file name or extension; "text" if neither is known. */
export function languageOf(path: string): string {
	const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
	const known = byName.get(name);
	if (known !== undefined) return known;
	const dot = name.lastIndexOf(".");
	const language = dot < 0 ? undefined : byExtension.get(name.slice(dot + 1));
	if (language !== undefined) return language;
	return namePrefixes.find(([prefix]) => name.startsWith(prefix))?.[1] ?? "text";
}

const byName = new Map([
	...["makefile", "gnumakefile", "makefile.am"].map((name) => [name, "makefile"] as const),
	...["gemfile", "rakefile", "podfile", "vagrantfile", "brewfile", "guardfile"].map((name) => [name, "ruby"] as const),
	...[".bashrc", ".profile", ".zshrc", ".bash_profile"].map((name) => [name, "shell"] as const),
	...["build", "build.bazel", "workspace", "sconstruct", "sconscript"].map((name) => [name, "python"] as const),
	...[".gitignore", ".dockerignore", ".npmignore", ".attuneignore"].map((name) => [name, "ignore"] as const),
	...[".editorconfig", ".npmrc", ".gitconfig", ".gitmodules"].map((name) => [name, "ini"] as const),
	["cmakelists.txt", "cmake"],
	["jenkinsfile", "groovy"],
	["justfile", "makefile"],
	["go.mod", "go.mod"],
]);

/** `Dockerfile.dev`, `.env.example`. */
const namePrefixes: readonly (readonly [string, string])[] = [
	["dockerfile", "dockerfile"],
	["containerfile", "dockerfile"],
	[".env", "dotenv"],
];

const extensions: Readonly<Record<string, string>> = {
	typescript: "ts mts cts",
	typescriptreact: "tsx",
	javascript: "js mjs cjs",
	javascriptreact: "jsx",
	python: "py pyi pyw",
	java: "java",
	kotlin: "kt kts",
	scala: "scala sc",
	groovy: "groovy gradle",
	clojure: "clj cljs cljc edn",
	c: "c h",
	cpp: "cc cpp cxx c++ hh hpp hxx h++ ipp inl tpp cu cuh",
	csharp: "cs csx",
	fsharp: "fs fsi fsx",
	vb: "vb bas",
	go: "go",
	rust: "rs",
	zig: "zig",
	nim: "nim",
	d: "d",
	swift: "swift",
	"objective-c": "m mm",
	dart: "dart",
	ruby: "rb rake gemspec erb",
	php: "php phtml",
	perl: "pl pm t",
	raku: "raku rakumod",
	lua: "lua",
	r: "r rmd",
	julia: "jl",
	matlab: "mat",
	haskell: "hs lhs",
	ocaml: "ml mli",
	elm: "elm",
	erlang: "erl hrl",
	elixir: "ex exs heex",
	lisp: "lisp lsp cl el",
	scheme: "scm ss rkt",
	fortran: "f f77 f90 f95 f03 f08",
	pascal: "pas pp dpr",
	ada: "adb ads",
	assembly: "s asm",
	shell: "sh bash zsh fish ksh",
	powershell: "ps1 psm1 psd1",
	batch: "bat cmd",
	sql: "sql",
	html: "html htm xhtml",
	css: "css",
	scss: "scss",
	less: "less",
	vue: "vue",
	svelte: "svelte",
	astro: "astro",
	xml: "xml xsd xsl xslt svg plist csproj props targets",
	json: "json json5 webmanifest",
	jsonc: "jsonc",
	yaml: "yml yaml",
	toml: "toml",
	ini: "ini cfg conf",
	properties: "properties",
	markdown: "md markdown mdx",
	restructuredtext: "rst",
	latex: "tex sty cls bib",
	proto: "proto",
	graphql: "graphql gql",
	thrift: "thrift",
	terraform: "tf hcl",
	nix: "nix",
	cmake: "cmake",
	makefile: "mk mak",
	dockerfile: "dockerfile",
	verilog: "v vh sv svh",
	vhdl: "vhd vhdl",
	glsl: "glsl vert frag geom comp",
	wgsl: "wgsl",
	hlsl: "hlsl",
	solidity: "sol",
	csv: "csv tsv",
	diff: "diff patch",
};

const byExtension = new Map(
	Object.entries(extensions).flatMap(([language, list]) =>
		list.split(" ").map((extension) => [extension, language] as const),
	),
);
