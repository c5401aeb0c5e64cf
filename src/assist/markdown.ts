/** Code as a Markdown block that no code can end early (CommonMark 0.31, fenced code blocks). */
export function fenced(code: string, language: string): string {
	const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
	const fence = "`".repeat(longest + 1);
	return `${fence}${language === "text" ? "" : language}\n${code.replace(/\n$/, "")}\n${fence}`;
}
