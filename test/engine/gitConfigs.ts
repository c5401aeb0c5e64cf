/** Configuration files of Git with what `git config core.excludesFile` says of them (test/slow/feedGit.test.ts asks Git). */
export const gitConfigs: readonly { readonly text: string; readonly value: string | undefined }[] = [
	{ text: "", value: undefined },
	{ text: "[core]\n\teditor = vi\n", value: undefined },
	{ text: "[core]\n\texcludesFile = ~/.gitignore_global\n", value: "~/.gitignore_global" },
	{ text: "[CORE]\r\n\tEXCLUDESFILE=/etc/ignore\r\n", value: "/etc/ignore" },
	{ text: "[core] excludesfile = a b   # why\n", value: "a b" },
	{ text: '[core]\nexcludesfile = "a # b " ; why\n', value: "a # b " },
	{ text: '[core]\nexcludesfile = C:\\\\Users\\\\me\\\\\\"x\\"\n', value: 'C:\\Users\\me\\"x"' },
	{ text: "[core]\nexcludesfile = one\\\ntwo\n", value: "onetwo" },
	{ text: "# [core]\n; excludesfile = no \\\n[core]\n#excludesfile = no\nexcludesfile = yes\n", value: "yes" },
	{ text: "[core]\nexcludesfile = one\n[user]\nexcludesfile = no\n[core]\nexcludesfile = two\n", value: "two" },
	{ text: '[core "sub"]\nexcludesfile = no\n[core.sub]\nexcludesfile = no\n', value: undefined },
	{ text: '[user]\n\tname = "[core]"\n[color "x]"]\nexcludesfile = no\n', value: undefined },
	{ text: "\uFEFF[core]\n\texcludesfile = marked\n", value: "marked" },
	{ text: "[include]\n\tpath = other\n[core]\n\texcludesfile = kept\n", value: "kept" },
	{ text: "[core]\nexcludesfile = a\\tb\n", value: "a\tb" },
];
