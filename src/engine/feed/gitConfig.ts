/** One value of a Git configuration file (git-config(1), "Syntax"). Includes are not followed. */

/** The last value of `section.key`, both in lower case; undefined if the file does not set it, or has no value for it. */
export function valueInGitConfig(text: string, section: string, key: string): string | undefined {
	let current = "";
	let found: string | undefined;
	for (const line of logicalLines(text)) {
		const header = /^\s*\[\s*([\w.-]+)\s*("(?:[^"\\]|\\.)*")?\s*\]/.exec(line);
		// A key may follow its header on the same line.
		const rest = header === null ? line : line.slice(header[0].length);
		if (header !== null) current = `${header[1]}${header[2] ?? ""}`.toLowerCase();
		const setting = /^\s*([A-Za-z][\w-]*)\s*=(.*)$/s.exec(rest);
		if (current === section && setting?.[1]?.toLowerCase() === key) found = plainValue(setting[2] ?? "");
	}
	return found;
}

/** Lines, those that end in a backslash joined with the next; the byte order mark of some editors left out. */
function logicalLines(text: string): string[] {
	const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
	const joined: string[] = [];
	for (let i = 0; i < lines.length; i++) {
		let line = lines[i] ?? "";
		while (i + 1 < lines.length && /(?:^|[^\\])(?:\\\\)*\\$/.test(line) && !isComment(line))
			line = line.slice(0, -1) + lines[++i];
		joined.push(line);
	}
	return joined;
}

function isComment(line: string): boolean {
	return /^\s*[#;]/.test(line);
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", b: "\b" };

/** Without quotes, escapes, a comment outside of quotes and the blanks around. */
function plainValue(raw: string): string {
	let value = "";
	let quoted = false;
	/** Length up to the last sign that is not a blank outside of quotes. */
	let kept = 0;
	for (let i = 0; i < raw.length; i++) {
		const sign = raw[i] as string;
		if (sign === '"') {
			quoted = !quoted;
			continue;
		}
		if (!quoted && (sign === "#" || sign === ";")) break;
		const blank = !quoted && /\s/.test(sign);
		if (blank && kept === 0) continue;
		if (sign === "\\") {
			const next = raw[++i] ?? "";
			value += escapes[next] ?? next;
		} else value += sign;
		if (!blank) kept = value.length;
	}
	return value.slice(0, kept);
}
