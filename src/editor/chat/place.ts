/** Where code of an answer belongs in a file: plain lines and numbers, nothing of the editor. */

/** Lines from 0, `to` not included; nothing is replaced where both are the same. */
export interface Lines {
	readonly from: number;
	readonly to: number;
}

export interface Declared extends Lines {
	readonly name: string;
}

export interface Target {
	readonly lines: readonly string[];
	/** Empty: the cursor's line, twice. */
	readonly selection: Lines;
	/** Lines that the question was about; undefined: no certain ones. */
	readonly asked: Lines | undefined;
	readonly symbols: readonly Declared[];
}

export interface Placed extends Lines {
	/** Indented as its surroundings, without an end of line. */
	readonly text: string;
	/** What decided. */
	readonly by: "selection" | "symbol" | "asked" | "cursor";
}

/**
 * What is selected is replaced; else what the code declares by name, if the file declares the same once; else what the question was
 * about; else the code goes in before the cursor's line. Never a whole file, unless all of it is selected or was asked about.
 */
export function placeOf(code: string, { lines, selection, asked, symbols }: Target): Placed {
	const put = (where: Lines, by: Placed["by"]): Placed => {
		const indent = indentOf(lines.slice(where.from, Math.max(where.to, where.from + 1)));
		return { ...where, by, text: indented(code, indent) };
	};
	if (selection.to > selection.from) return put(selection, "selection");
	const names = declaredNames(code);
	const same = symbols.filter(({ name }) => names.length === 1 && name === names[0]);
	const [symbol] = same;
	if (symbol !== undefined && same.length === 1) return put({ from: symbol.from, to: symbol.to }, "symbol");
	if (asked !== undefined && asked.to > asked.from) return put(asked, "asked");
	return put({ from: selection.from, to: selection.from }, "cursor");
}

/** The code as it stands at `indent`: its own common indentation goes. */
export function indented(code: string, indent: string): string {
	const lines = code.replace(/\r/g, "").replace(/\n+$/, "").split("\n");
	const own = indentOf(lines);
	return lines
		.map((line) =>
			line.trim() === "" ? "" : indent + (line.startsWith(own) ? line.slice(own.length) : line.trimStart()),
		)
		.join("\n");
}

/** Names that the code declares at its least indentation. */
export function declaredNames(code: string): readonly string[] {
	const own = indentOf(code.split("\n"));
	const words = "function\\*?|class|interface|type|enum|const|let|var|def|fn|func|struct|trait|impl|record|module";
	const pattern = new RegExp(`^(?:[\\w()]+ )*?(?:${words}) +([\\p{L}_$][\\p{L}\\p{N}_$]*)`, "u");
	return code.split("\n").flatMap((line) => {
		if (!line.startsWith(own) || /^\s/.test(line.slice(own.length))) return [];
		const name = pattern.exec(line.slice(own.length))?.[1];
		return name === undefined ? [] : [name];
	});
}

/** The shortest indentation of the lines that are not blank. */
function indentOf(lines: readonly string[]): string {
	const indents = lines.filter((line) => line.trim() !== "").map((line) => /^\s*/.exec(line)?.[0] ?? "");
	return indents.reduce((least, indent) => (indent.length < least.length ? indent : least), indents[0] ?? "");
}
